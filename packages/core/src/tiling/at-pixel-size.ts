import { InvalidOptionError } from '../errors.ts';
import { readableStack, requireSection, type Segmentable } from '../image/readable-stack.ts';
import type { Rectangle } from '../image/rectangle.ts';
import { differs, pixelText, resampledSize, type PixelSides } from '../model/pixel-size.ts';
import type { Rescaling } from '../resample/region.ts';
import { regionToSegment } from '../resample/rows.ts';
import { resampledStack } from '../resample/stack.ts';
import { BroughtBack } from './brought-back.ts';
import type { TileOrder } from './order.ts';
import type { Tile } from './plan.ts';
import type { SegmentedTile, Segmenter, SegmentOptions } from './segmenter.ts';
import { stitchParts } from './stitch.ts';
import { requireRegionIn } from './window.ts';

/**
 * A segmenter of images whose pixels are not those that the model was trained on: they are resampled to the model's, segmented, and
 * the probabilities are brought back, so that sizes, regions and tiles are those of the image. What several tiles have a share in
 * comes as a part of its own with the last of them, and `done` counts tiles.
 *
 * @param segmenter whose card knows the size of its pixels, or see `model`.
 * @param pixelSize of the images, nanometres.
 * @param model pixels that the model was trained on. @default what its card says
 * @returns the same interface; `segmenter` itself where the pixels differ by at most a tenth. `dispose` frees it.
 * @throws InvalidOptionError when nothing says at which pixels the model was trained, or they differ too much.
 */
export function atPixelSize(
  segmenter: Segmenter,
  pixelSize: PixelSides,
  model: PixelSides | undefined = segmenter.card.pixelSize,
): Segmenter {
  if (model === undefined) {
    const rule =
      'needs a model that knows the size of its pixels; the card of this one has none. Pass it as the third argument';
    throw new InvalidOptionError('pixelSize', rule, pixelText(pixelSize));
  }
  if (!differs(pixelSize, model)) return segmenter;
  const sizes = { from: pixelSize, to: model };
  resampledSize({ width: 1, height: 1 }, sizes);
  const segment: Segmenter['segment'] = (source, options) => rescaledTiles(segmenter, source, sizes, options);
  return {
    card: segmenter.card,
    get device() {
      return segmenter.device;
    },
    segment,
    segmentWhole: (source, options) => stitchParts(source, options?.region, segment(source, options)),
    dispose: () => segmenter.dispose(),
    [Symbol.asyncDispose]: () => segmenter.dispose(),
  };
}

async function* rescaledTiles(
  segmenter: Segmenter,
  source: Segmentable,
  sizes: Parameters<typeof resampledSize>[1],
  { region, order, ...options }: SegmentOptions = {},
): AsyncGenerator<SegmentedTile, void, undefined> {
  const stack = readableStack(source);
  requireSection(stack, options.z ?? 0);
  const [, height, width] = stack.shape;
  if (region !== undefined) requireRegionIn(region, { width, height });
  const wanted = region ?? { x: 0, y: 0, width, height };
  const rescaling: Rescaling = { from: { width, height }, to: resampledSize({ width, height }, sizes) };
  const back = new BroughtBack(rescaling, wanted);
  const parts = segmenter.segment(resampledStack(stack, rescaling.to), {
    ...options,
    region: regionToSegment(rescaling, wanted),
    ...(order !== undefined && { order: inPixelsOf(rescaling, order) }),
  });
  for await (const part of parts) {
    const { done, total } = part;
    for (const piece of back.add(part)) yield { ...piece, done, total };
  }
}

/** `order`, shown tiles in pixels of the image. */
function inPixelsOf({ from, to }: Rescaling, order: TileOrder): TileOrder {
  if (typeof order !== 'function') return order;
  const [across, down] = [from.width / to.width, from.height / to.height];
  const scaled = ({ x, y, width, height }: Rectangle): Rectangle => ({
    x: x * across,
    y: y * down,
    width: width * across,
    height: height * down,
  });
  return (waiting) =>
    order(waiting.map(({ input, output }): Tile => ({ input: scaled(input), output: scaled(output) })));
}
