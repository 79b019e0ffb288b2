import { section, type GreyImage, type GreyStack, type ModelCard, type Segmenter } from '@dilated-unet/core';
import { encodeNpy } from '@dilated-unet/model-package';
import { stackSource } from '@dilated-unet/stacks';

/** A window of a section and what the model gives for it: every runtime can compare with it. */
export interface TestTensors {
  /** Raw grey values, axes y, x. */
  readonly image: GreyImage;
  /** Probabilities of interior, axes y, x. */
  readonly expected: GreyImage<Float32Array>;
}

/** Largest side of the window, pixels. */
const LARGEST_SIDE = 512;

/**
 * The middle of the middle section, and what `segmenter` gives for it in one piece.
 *
 * @param segmenter of the model as it was converted without changes, which was compared with TensorFlow.
 */
export async function testTensors(
  images: GreyStack,
  { stride }: ModelCard,
  segmenter: Pick<Segmenter, 'segmentWhole'>,
): Promise<TestTensors> {
  const whole = section(images, images.depth >> 1);
  const side = (length: number): number => Math.floor(Math.min(length, LARGEST_SIDE) / stride) * stride;
  const [width, height] = [side(whole.width), side(whole.height)];
  const [x, y] = [(whole.width - width) >> 1, (whole.height - height) >> 1];
  const image = await stackSource({ ...whole, depth: 1 }).read(0, { x, y, width, height });
  return { image, expected: await segmenter.segmentWhole(image, { tile: Math.max(width, height) }) };
}

/** `image` as the bioimage.io package has it: axes batch, y, x, channel. */
export function tensorFile({ width, height, data }: GreyImage): Uint8Array {
  return encodeNpy(Float32Array.from(data), [1, height, width, 1]);
}

/**
 * The largest difference that what lies beyond a border makes at `halo` pixels from it and further: of the right half of the
 * window, once as it stands and once cut off.
 *
 * @returns null where the window is too narrow for a part that is cut off and one that is so far from it.
 */
export async function borderEffect(
  { image, expected }: TestTensors,
  halo: number,
  { stride }: Pick<ModelCard, 'stride'>,
  segmenter: Pick<Segmenter, 'segmentWhole'>,
): Promise<number | null> {
  const x = Math.floor((image.width - halo) / 2 / stride) * stride;
  if (x <= 0) return null;
  const cut = { x, y: 0, width: image.width - x, height: image.height };
  const right = await stackSource({ ...image, depth: 1 }).read(0, cut);
  const { data } = await segmenter.segmentWhole(right, { tile: Math.max(cut.width, cut.height) });
  let largest = 0;
  for (let row = 0; row < cut.height; row++) {
    for (let column = halo; column < cut.width; column++) {
      const there = expected.data[row * image.width + x + column] as number;
      largest = Math.max(largest, Math.abs((data[row * cut.width + column] as number) - there));
    }
  }
  return largest;
}
