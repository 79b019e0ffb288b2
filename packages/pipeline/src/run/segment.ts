import { join } from 'node:path';
import {
  decidePixelSize,
  moveToLabels,
  section,
  type GreyImage,
  type GreyStack,
  type Offset,
  type PixelSides,
  type Segmenter,
} from '@dilated-unet/core';
import { DEFAULT_THRESHOLD, segmentStack, writeResult, type SegmentStackOptions } from '@dilated-unet/runtime-node';
import { readStack } from '@dilated-unet/stacks/node';
import type { TrainConfig } from '@dilated-unet/trainer';

/** The files that a segmented stack leaves. */
export interface SegmentedFiles {
  /** Probability of cell interior, float32, 0 ... 1; multi-page TIFF. */
  readonly probabilities: string;
  /** 255 interior, 0 membrane; multi-page TIFF. */
  readonly mask: string;
}

/** Those files, and what is in the mask. */
export interface SegmentedStack extends SegmentedFiles {
  /** 1 interior, 0 membrane; axes z, y, x. */
  readonly interior: GreyStack<Uint8Array>;
}

/**
 * How the pixels of another stack of a training become those that its model knows, as `runtime-node:segment` decides it.
 *
 * @param stated what the file of the stack says.
 */
export function rescaleAfter(
  { dataPixelSize }: Pick<TrainConfig, 'dataPixelSize'>,
  { card }: Pick<Segmenter, 'card'>,
  stated: PixelSides | undefined,
): SegmentStackOptions['rescale'] {
  const asked = dataPixelSize === undefined ? undefined : { y: dataPixelSize, x: dataPixelSize };
  return decidePixelSize({ asked, stated, model: card.pixelSize }).rescale;
}

/**
 * Segments `stack` into `probabilities.tif` and `mask.tif` of `folder`, which exists.
 *
 * @returns the mask as 1 interior, 0 membrane, axes z, y, x, and where the files are.
 */
export async function segmentToFiles(
  segmenter: Segmenter,
  stack: GreyStack,
  folder: string,
  options: SegmentStackOptions,
): Promise<SegmentedStack> {
  const { width, height, depth } = stack;
  const interior = { width, height, depth, data: new Uint8Array(depth * width * height) };
  const files = { probabilities: join(folder, 'probabilities.tif'), mask: join(folder, 'mask.tif') };

  // Probabilities go to the file section by section; only the mask, a quarter of their size, is kept.
  async function* keepingMasks(): AsyncGenerator<GreyImage<Float32Array>, void, undefined> {
    let z = 0;
    for await (const image of segmentStack(segmenter, stack, options)) {
      const mask = section(interior, z++).data;
      image.data.forEach((p, i) => (mask[i] = p > DEFAULT_THRESHOLD ? 1 : 0));
      yield image;
    }
  }
  function* masks(): Generator<GreyImage<Float32Array>, void, undefined> {
    for (let z = 0; z < depth; z++) yield { width, height, data: Float32Array.from(section(interior, z).data) };
  }
  await writeResult(files.probabilities, keepingMasks(), { result: 'probabilities', depth });
  await writeResult(files.mask, masks(), { depth });
  return { ...files, interior };
}

/** 1 where `probabilities` of interior are above the threshold of a mask, else 0. */
function maskOf({ data, ...size }: GreyStack): GreyStack<Uint8Array> {
  const mask = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) mask[i] = (data[i] as number) > DEFAULT_THRESHOLD ? 1 : 0;
  return { ...size, data: mask };
}

/** The mask of a file of probabilities, moved to where labels lie that are `offset` beside the images. */
export async function maskOnLabels(path: string, offset: Offset | null | undefined): Promise<GreyStack<Uint8Array>> {
  const { data, ...size } = await readStack(path);
  return maskOf(moveToLabels({ ...size, data: Float32Array.from(data) }, offset));
}
