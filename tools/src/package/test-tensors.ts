import {
  asTrained,
  fitImage,
  fixedGreyOptions,
  GreyTally,
  type GreyImage,
  type GreyStack,
  type ModelCard,
  type Segmenter,
  type Size,
} from '@dilated-unet/core';
import { encodeNpy, tileHalo } from '@dilated-unet/model-package';
import { stackSource } from '@dilated-unet/stacks';
import { leastSide } from './rdf.ts';

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
 * The middle of a section, and what `segmenter` gives for it in one piece: of the section nearest to the middle of the stack
 * that has more than one value there, and that other programs normalise as our runtimes do; where there is none, in a window as
 * small as the package takes. Where there is none of these either, it is the middle of the middle section.
 *
 * @param segmenter of the model as it was converted without changes, which was compared with TensorFlow.
 */
export async function testTensors(
  images: GreyStack,
  card: ModelCard,
  segmenter: Pick<Segmenter, 'segmentWhole'>,
): Promise<TestTensors> {
  const image = await testWindow(images, card);
  return { image, expected: await segmenter.segmentWhole(image, { tile: Math.max(image.width, image.height) }) };
}

/** Whether `image` has padding by which other programs normalise, and our runtimes do not. */
export function isNormalisedOtherwise(image: GreyImage, { normalise }: Pick<ModelCard, 'normalise'>): boolean {
  if (normalise === undefined) return false;
  return new GreyTally().add(image, { lines: false }).statistics.pixels < image.data.length;
}

/** The least side that a package asks of images, pixels, where one of `image` is smaller; null where it is large enough. */
export function lackingSide({ width, height }: Size, card: ModelCard): number | null {
  const least = leastSide(card, tileHalo(card));
  return Math.min(width, height) < least ? least : null;
}

async function testWindow(images: GreyStack, card: ModelCard): Promise<GreyImage> {
  const source = stackSource(images);
  const middleOf = (z: number, largest: number): Promise<GreyImage> => {
    const side = (length: number): number => Math.floor(Math.min(length, largest) / card.stride) * card.stride;
    const [width, height] = [side(images.width), side(images.height)];
    return source.read(z, { x: (images.width - width) >> 1, y: (images.height - height) >> 1, width, height });
  };
  const middle = images.depth >> 1;
  const sections = [...Array(images.depth).keys()].sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle));
  for (const largest of [LARGEST_SIDE, leastSide(card, tileHalo(card))]) {
    for (const z of sections) {
      const window = await middleOf(z, largest);
      const isBlank = window.data.every((value) => value === window.data[0]);
      if (!isBlank && !isNormalisedOtherwise(window, card)) return window;
    }
  }
  return middleOf(middle, LARGEST_SIDE);
}

/** `image` as the bioimage.io package has it: axes batch, y, x, channel. */
export function tensorFile({ width, height, data }: GreyImage): Uint8Array {
  return encodeNpy(Float32Array.from(data), [1, height, width, 1]);
}

/**
 * The largest difference that what lies beyond a border makes at `halo` pixels from it and further: of the right half of the
 * window, once as it stands and once cut off, normalised as the window.
 *
 * @returns null where the window is too narrow for a part that is cut off and one that is so far from it.
 */
export async function borderEffect(
  { image, expected }: TestTensors,
  halo: number,
  card: Pick<ModelCard, 'stride' | 'normalisation' | 'normalise'>,
  segmenter: Pick<Segmenter, 'segmentWhole'>,
): Promise<number | null> {
  const x = Math.floor((image.width - halo) / 2 / card.stride) * card.stride;
  if (x <= 0) return null;
  const cut = { x, y: 0, width: image.width - x, height: image.height };
  const right = await stackSource({ ...image, depth: 1 }).read(0, cut);
  const { data } = await segmenter.segmentWhole(right, {
    tile: Math.max(cut.width, cut.height),
    ...fixedGreyOptions(fitImage(image, card, asTrained(card))),
  });
  let largest = 0;
  for (let row = 0; row < cut.height; row++) {
    for (let column = halo; column < cut.width; column++) {
      const there = expected.data[row * image.width + x + column] as number;
      largest = Math.max(largest, Math.abs((data[row * cut.width + column] as number) - there));
    }
  }
  return largest;
}
