import type { GreyStack } from '@dilated-unet/core';
import { ignoredPixels, type IgnoreRules, type LackingValue } from './ignore-rules.ts';
import { IGNORED } from './ignored.ts';

/** Labels as they are stored, and which of their pixels count. */
export interface CountedLabels {
  /** With 0 at pixels that do not count. */
  readonly stored: GreyStack;
  /** How messages name what is left of them. */
  readonly name: string;
  /** 1 at pixels that do not count; null where all do. */
  readonly ignored: Uint8Array | null;
  /** Whether 0 says that nothing was labelled, so that no pixel that counts has it; of parts of labels, wherever in these it does. */
  readonly isZeroIgnored: boolean;
}

/**
 * Takes what is ignored out of labels, before it is asked what they are.
 *
 * @param stored as they are in the file; they stay as they are. @param name how messages name them, such as their path.
 * @throws InvalidImageError, InvalidOptionError as `ignoredPixels`.
 */
export function countedLabels(
  stored: GreyStack,
  name: string,
  rules: IgnoreRules,
  lacking: LackingValue = {},
): CountedLabels {
  const ignored = ignoredPixels(stored, name, rules, lacking);
  // Of several stacks, one that is labelled whole has no 0 and the values of the others.
  const isZeroIgnored = rules.ignore === 0;
  if (ignored === null) return { stored, name, ignored, isZeroIgnored };
  const data = stored.data.slice();
  for (let i = 0; i < data.length; i++) if (ignored[i] === 1) data[i] = 0;
  const left = `${name} without what is ignored`;
  return { stored: { ...stored, data }, name: left, ignored, isZeroIgnored };
}

/** The first values of pixels that count, `most` of them at most. */
export function firstValues({ stored: { data }, ignored }: CountedLabels, most: number): ReadonlySet<number> {
  const values = new Set<number>();
  for (let i = 0; i < data.length && values.size < most; i++) if (ignored?.[i] !== 1) values.add(data[i] as number);
  return values;
}

/**
 * Labels of two values as they would be if every pixel counted: those that do not have a value that others have too. Where 0 is
 * ignored, as in files of napari and ilastik, in which it says that nothing was labelled, the lower of the two takes its place.
 */
export function asIfCounted(counted: CountedLabels): GreyStack {
  const { stored, ignored, isZeroIgnored } = counted;
  if (ignored === null && !isZeroIgnored) return stored;
  let least = Infinity;
  for (let i = 0; i < stored.data.length; i++) {
    if (ignored?.[i] !== 1 && (stored.data[i] as number) < least) least = stored.data[i] as number;
  }
  const data = stored.data.slice();
  const filling = isZeroIgnored ? 0 : least;
  for (let i = 0; i < data.length; i++) if (ignored?.[i] === 1 || data[i] === least) data[i] = filling;
  return { ...stored, data };
}

/** Writes `IGNORED` to the pixels of `labels` that do not count. @returns `labels` */
export function withIgnored<T extends GreyStack>(labels: T, { ignored }: CountedLabels): T {
  if (ignored === null) return labels;
  for (let i = 0; i < ignored.length; i++) if (ignored[i] === 1) labels.data[i] = IGNORED;
  return labels;
}
