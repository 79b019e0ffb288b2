import { InvalidOptionError } from '../errors.ts';
import { readableStack, requireSection, type Segmentable } from '../image/readable-stack.ts';
import type { Rectangle } from '../image/rectangle.ts';
import { differs, pixelText, resampledSize, type PixelSides } from '../model/pixel-size.ts';
import { tapsOf, type AxisScale } from '../resample/axis.ts';
import { regionTaps, resampleRegion, type Rescaling } from '../resample/region.ts';
import { regionToSegment } from '../resample/rows.ts';
import { resampledStack } from '../resample/stack.ts';
import type { TileOrder } from './order.ts';
import type { Tile } from './plan.ts';
import type { SegmentedTile, Segmenter, SegmentOptions } from './segmenter.ts';
import { placePart, stitchParts } from './stitch.ts';
import { requireRegionIn } from './window.ts';

/**
 * A segmenter of images whose pixels are not those that the model was trained on: they are resampled to the model's, segmented, and
 * the probabilities are brought back, so that sizes, regions and tiles are those of the image. What several tiles have a share in
 * comes as a part of its own with the last of them, and `done` counts tiles. Of a region, what the network gave is held.
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
  const window = regionToSegment(rescaling, wanted);
  const there = new Received(window);
  const parts = segmenter.segment(resampledStack(stack, rescaling.to), {
    ...options,
    region: window,
    ...(order !== undefined && { order: inPixelsOf(rescaling, order) }),
  });
  let waiting: Rectangle[] = [];
  for await (const part of parts) {
    there.add(part);
    waiting.push(...piecesOf(part, rescaling, wanted));
    const { done, total } = part;
    const still: Rectangle[] = [];
    for (const one of waiting) {
      const data = there.make(one, rescaling);
      if (data === undefined) still.push(one);
      else yield { ...one, data, done, total };
    }
    waiting = still;
  }
}

/**
 * The pixels of `region` whose centres lie in `part` of what is segmented (those of all parts cover it, each once): those that are
 * made of that part alone, and the strips and corners around them, which neighbours have a share in.
 */
function piecesOf(part: Rectangle, { from, to }: Rescaling, region: Rectangle): Rectangle[] {
  const across = spansOf({ from: to.width, to: from.width }, [part.x, part.width], [region.x, region.width]);
  const down = spansOf({ from: to.height, to: from.height }, [part.y, part.height], [region.y, region.height]);
  return down.flatMap(([y, height]) => across.map(([x, width]) => ({ x, y, width, height })));
}

type Span = readonly [start: number, length: number];

/** Along one axis: the pixels of `region` with their centres in `part`, those in the middle that are made of it alone. */
function spansOf(back: AxisScale, [start, length]: Span, [least, count]: Span): readonly Span[] {
  const bound = (edge: number): number =>
    Math.max(least, Math.min(least + count, Math.ceil((edge * back.to) / back.from - 0.5)));
  const [begin, end] = [bound(start), bound(start + length)];
  const { first, count: taps } = tapsOf(back, 'linear', begin, end - begin);
  const isOwn = (i: number): boolean => {
    const from = first[i - begin] as number;
    return from >= start && from + (taps[i - begin] as number) <= start + length;
  };
  let [inner, outer] = [begin, end];
  while (inner < end && !isOwn(inner)) inner++;
  while (outer > inner && !isOwn(outer - 1)) outer--;
  const spans: Span[] = [
    [begin, inner - begin],
    [inner, outer - inner],
    [outer, end - outer],
  ];
  return spans.filter(([, pixels]) => pixels > 0);
}

/** What a network gave of a window so far. */
class Received {
  readonly #window: Rectangle;
  readonly #data: Float32Array;
  readonly #parts: Rectangle[] = [];

  constructor(window: Rectangle) {
    this.#window = window;
    this.#data = new Float32Array(window.width * window.height);
  }

  add(part: Rectangle & { readonly data: Float32Array }): void {
    placePart(
      { ...this.#window, data: this.#data },
      { ...part, x: part.x - this.#window.x, y: part.y - this.#window.y },
    );
    this.#parts.push({ x: part.x, y: part.y, width: part.width, height: part.height });
  }

  /** The probabilities of `region` of the image; undefined while a part that they are made of has not come. */
  make(region: Rectangle, { from, to }: Rescaling): Float32Array | undefined {
    const taps = regionTaps({ from: to, to: from }, region, 'linear');
    const { needed } = taps;
    const covered = this.#parts.reduce((sum, part) => sum + sharedPixels(part, needed), 0);
    if (covered < needed.width * needed.height) return undefined;
    const { width } = this.#window;
    const data = new Float32Array(needed.width * needed.height);
    for (let y = 0; y < needed.height; y++) {
      const at = (needed.y - this.#window.y + y) * width + needed.x - this.#window.x;
      data.set(this.#data.subarray(at, at + needed.width), y * needed.width);
    }
    return resampleRegion({ width: needed.width, height: needed.height, data }, taps).data;
  }
}

function sharedPixels(a: Rectangle, b: Rectangle): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
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
