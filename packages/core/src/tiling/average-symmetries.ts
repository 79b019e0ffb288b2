import type { GreyOptions } from '../image/grey-options.ts';
import type { GreyImage } from '../image/image.ts';
import { applySymmetry, inverseSymmetry, SYMMETRIES } from '../image/symmetries.ts';
import { readableStack, type Segmentable, type StopSignal } from '../image/readable-stack.ts';
import { fitSection, fixedGreyOptions } from '../model/fit-grey-values.ts';
import { checkSegmentOptions } from './check-options.ts';
import { defaultTileSide } from './default-tile.ts';
import { roundUp } from './pad.ts';
import { segmentTiles } from './segment.ts';
import type { SegmentedTile, Segmenter, SegmentOptions } from './segmenter.ts';
import { stitchParts } from './stitch.ts';

/**
 * Test-time augmentation: a segmenter whose probability is the mean of the eight that `segmenter` gives for the
 * symmetries of the square (flips and quarter turns), each turned back. It takes eight times as long.
 *
 * The image is first extended to multiples of the model's stride (see pad.ts), and what is turned is the extended image:
 * all eight see the same pixels, and their poolings fall on the same ones. So for a model that does not care how its
 * image is turned the mean is its own result, of an image of any size.
 *
 * With `tile`, each part is complete, all eight predictions of it, before the next is begun; a part of a model with stages has
 * at least four halos, and `segmenter` cuts it into such tiles. Without, the result comes in one part, and `segmenter` cuts the
 * eight images as it does by default. Calls at the same time take turns.
 *
 * @returns the same interface; `dispose` frees `segmenter`.
 */
export function averageOverSymmetries(segmenter: Segmenter): Segmenter {
  return {
    card: segmenter.card,
    get device() {
      return segmenter.device;
    },
    segment: (source, options) => averagedTiles(segmenter, source, options),
    segmentWhole: (source, options) => stitchParts(source, options?.region, averagedTiles(segmenter, source, options)),
    dispose: () => segmenter.dispose(),
    [Symbol.asyncDispose]: () => segmenter.dispose(),
  };
}

/**
 * Side of the parts of an image that `averageOverSymmetries` predicts at once in tiles of `tile`, pixels: what runs in stages
 * sees far beyond a tile, so its parts are larger, and are cut again.
 */
export function symmetriesSide(tile: number, card: Segmenter['card']): number {
  return card.stages === undefined ? tile : defaultTileSide(tile, card);
}

async function* averagedTiles(
  segmenter: Segmenter,
  source: Segmentable,
  options: SegmentOptions = {},
): AsyncGenerator<SegmentedTile, void, undefined> {
  checkSegmentOptions(options);
  const { tile, order, z = 0, region, signal, ...grey } = options;
  const stack = readableStack(source);
  const [, height, width] = stack.shape;
  const { stride, receptiveFieldRadius } = segmenter.card;
  const side = tile === undefined ? undefined : symmetriesSide(tile, segmenter.card);
  let read: GreyOptions | undefined;
  let ended = false;
  // What reads the source gets the caller's signal, which may be one that a request understands.
  const untilEnd: StopSignal = {
    get aborted() {
      return ended || signal?.aborted === true;
    },
    throwIfAborted() {
      signal?.throwIfAborted();
      if (ended) throw new Error('the iteration has ended');
    },
  };
  const parts = segmentTiles(source, {
    z,
    region,
    // The segmenter normalises; here a tile holds grey values.
    model: { stride, receptiveFieldRadius, normalisation: { mean: 0, std: 1 } },
    tile: side ?? roundUp(Math.max(width, height), stride),
    ...(order !== undefined && { order }),
    depth: 1,
    signal,
    predict: async (data, size) => {
      const cut = tile === undefined ? {} : { tile: side === tile ? Math.max(size.width, size.height) : tile };
      // What is turned, a part or the extended image, has another mean than the section.
      read ??= fixedGreyOptions(await fitSection(stack, z, segmenter.card, { ...grey, signal }));
      return (await meanOverSymmetries(segmenter, { ...size, data }, { ...cut, ...read, signal: untilEnd })).data;
    },
  });
  try {
    for (let next = await parts.next(); next.done !== true; next = await parts.next()) yield next.value;
  } finally {
    // Before the parts are told, which wait for what is under way: of eight predictions only the one being computed.
    ended = true;
    await parts.return();
  }
}

/** @param image of sides that are multiples of the stride. */
async function meanOverSymmetries(
  segmenter: Segmenter,
  image: GreyImage,
  options: SegmentOptions,
): Promise<GreyImage<Float32Array>> {
  const { width, height } = image;
  const mean = { width, height, data: new Float32Array(width * height) };
  for (const symmetry of SYMMETRIES) {
    options.signal?.throwIfAborted();
    const turned = await segmenter.segmentWhole(applySymmetry(image, symmetry), options);
    const { data } = applySymmetry(turned, inverseSymmetry(symmetry));
    for (let i = 0; i < data.length; i++) mean.data[i] = (mean.data[i] as number) + (data[i] as number);
  }
  for (let i = 0; i < mean.data.length; i++) mean.data[i] = (mean.data[i] as number) / SYMMETRIES.length;
  return mean;
}
