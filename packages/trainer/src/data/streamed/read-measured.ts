import { InvalidImageError, type GreyData, type GreyStack } from '@dilated-unet/core';
import type { CountedLabels } from '@dilated-unet/stacks';
import { countedPart } from '@dilated-unet/stacks/node';
import type { StackConfig } from '../../config/stacks.ts';
import { finiteSource } from './finite-source.ts';
import { readParts, type StackPart } from './parts.ts';
import type { StoredStack, StreamedFiles } from './sections.ts';

/** Parts of a stack, as sections. */
export interface MeasuredParts {
  /** Raw grey values as they are stored. */
  readonly images: GreyStack;
  readonly counted: CountedLabels;
}

export interface ReadMeasuredOptions {
  readonly parts: readonly StackPart[];
  /** Whether a pixel of the stack does not count, in the parts or not. */
  readonly isPartial: boolean;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Reads parts of images and labels as they are stored, and which pixels of these count. */
export async function readMeasured(
  { images: stored, labels, mask }: StoredStack,
  files: StreamedFiles,
  { parts, isPartial, onProgress }: ReadMeasuredOptions,
): Promise<MeasuredParts> {
  const { labels: name, ignore } = files;
  const finite = { images: finiteSource(stored, files.images), labels: finiteSource(labels, name) };
  const images = await readParts(parts, ({ place, region }) => finite.images.read(place, region));
  const ignored = new Uint8Array(images.data.length);
  let done = 0;
  const ids = await readParts<GreyData>(parts, async ({ place, region }) => {
    const part = await countedPart(finite.labels, place, region, { ignore, mask });
    const { data } = part.stored;
    if (part.ignored !== null) {
      ignored.set(part.ignored, done * data.length);
      for (let i = 0; i < data.length; i++) if (part.ignored[i] === 1) data[i] = 0;
    }
    onProgress?.(++done, parts.length);
    return part.stored;
  });
  return {
    images,
    counted: {
      stored: ids,
      name: isPartial ? `${name} without what is ignored` : name,
      ignored: ignored.includes(1) ? ignored : null,
      isZeroIgnored: ignore === 0,
    },
  };
}

/** @throws InvalidImageError where the parts of a stack have one grey value, or one class. */
export function requireSomething(images: GreyStack, labels: GreyStack, paths: StackConfig): void {
  const parts = `the ${images.depth} parts that were looked at, of ${images.width} x ${images.height} pixels`;
  if (images.data.every((value) => value === images.data[0])) {
    throw new InvalidImageError(`${paths.images}: every pixel of ${parts} has one grey value. Look at the file.`);
  }
  const missing = ['membrane', 'cell interior'].find((_, value) => !labels.data.includes(value));
  if (missing === undefined) return;
  throw new InvalidImageError(
    `${paths.labels}: there is no ${missing} in ${parts}. Where most of the stack is not labelled, say so with \`ignore\`, ` +
      '`ignoreMask` or `ignoreSections`.',
  );
}
