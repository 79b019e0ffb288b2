import {
  InvalidImageError,
  isDilatedUnetError,
  labelOffset,
  sections,
  type GreyStack,
  type LabelOffset,
} from '@dilated-unet/core';
import { textTable } from '@dilated-unet/host';
import { IGNORED } from '@dilated-unet/stacks';

/** What `trainer:label-offset --json` prints: where labels lie beside their images, pixels down and right. */
export interface LabelOffsets extends LabelOffset {
  /** Each section alone, or each part that was looked at, counted from 1; null where it does not say, as one without membrane. */
  readonly perSection: readonly { readonly section: number; readonly offset: LabelOffset | null }[];
}

/**
 * @param labels `IGNORED` of stacks where they do not count. @param name how messages name them, such as their path.
 * @param numbers of the sections, from 1; of parts, those that they are of.
 * @throws InvalidImageError as `labelOffset`, where the stack as a whole does not say.
 */
export function labelOffsets(
  images: GreyStack,
  labels: GreyStack,
  { name, numbers }: { readonly name: string; readonly numbers: readonly number[] },
): LabelOffsets {
  const perSection = numbers.map((section, z) => ({ section, offset: alone(z) }));
  try {
    return { ...labelOffset(images, labels, { ignore: IGNORED }), perSection };
  } catch (cause) {
    if (!isDilatedUnetError(cause)) throw cause;
    throw new InvalidImageError(`${name}: ${cause.message} (--no-register-labels)`, { cause });
  }

  function alone(z: number): LabelOffset | null {
    try {
      return labelOffset(sections(images, z, z + 1), sections(labels, z, z + 1), { ignore: IGNORED });
    } catch (error) {
      if (isDilatedUnetError(error)) return null;
      throw error;
    }
  }
}

/** The offsets as a table, a line per section and one for the stack. */
export function offsetTable({ perSection, ...stack }: LabelOffsets): string {
  const line = (name: string, offset: LabelOffset | null): readonly string[] =>
    offset === null
      ? [name, '-', '-', '-']
      : [name, offset.y.toFixed(2), offset.x.toFixed(2), offset.correlation.toFixed(2)];
  const rows = [
    ['section', 'down', 'right', 'correlation'],
    ...perSection.map(({ section, offset }) => line(String(section), offset)),
    line('stack', stack),
  ];
  return `${textTable(rows)}

Where the labels lie beside the images, pixels. --register-labels trains with labels moved back by it.`;
}
