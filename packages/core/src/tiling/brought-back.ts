import { crop } from '../image/crop.ts';
import type { Rectangle } from '../image/rectangle.ts';
import { tapsOf, type AxisScale } from '../resample/axis.ts';
import { alongX, alongY, regionTaps, resampleRegion, type RegionTaps, type Rescaling } from '../resample/region.ts';
import { placePart } from './stitch.ts';

/** Probabilities of a part of a section, axes y, x. */
type Part = Rectangle & { readonly data: Float32Array };

/** A piece of the image that is made of several parts, while one of them is missing. */
interface Waiting {
  readonly piece: Rectangle;
  readonly taps: RegionTaps;
  /** Pixels that it is made of and that have not come. */
  missing: number;
}

/**
 * Brings parts of a result back to the pixels of the image, in any order: each pixel once, as soon as the parts that it is made of have
 * come. Of a part, only its border is held, which its neighbours' pixels have a share in.
 */
export class BroughtBack {
  /** From what was segmented to the image. */
  readonly #back: Rescaling;
  readonly #region: Rectangle;
  readonly #borders: Part[] = [];
  #waiting: readonly Waiting[] = [];

  /** @param region of the image, pixels of it: what lies beyond is not made. */
  constructor({ from, to }: Rescaling, region: Rectangle) {
    this.#back = { from: to, to: from };
    this.#region = region;
  }

  /**
   * The pieces of the image that `part` completes: what is made of it alone, and strips and corners that it shares.
   *
   * @param part pixels of what was segmented; parts do not overlap.
   */
  *add(part: Part): Generator<Part, void, undefined> {
    const region = this.#region;
    const across = shareOf(alongX(this.#back), [part.x, part.width], [region.x, region.width]);
    const down = shareOf(alongY(this.#back), [part.y, part.height], [region.y, region.height]);
    for (const one of this.#waiting) one.missing -= sharedPixels(part, one.taps.needed);
    const shared: Waiting[] = [];
    for (const piece of piecesOf(across.spans, down.spans)) {
      const taps = regionTaps(this.#back, piece, 'linear');
      const { needed } = taps;
      const missing = needed.width * needed.height - sharedPixels(part, needed);
      if (missing === 0) yield made(piece, taps, [part]);
      else shared.push({ piece, taps, missing: missing - pixelsIn(this.#borders, needed) });
    }
    this.#borders.push(...bordersOf(part, across.own, down.own).map((border) => cut(part, border)));
    const all = [...this.#waiting, ...shared];
    this.#waiting = all.filter(({ missing }) => missing > 0);
    for (const { piece, taps, missing } of all) if (missing === 0) yield made(piece, taps, this.#borders);
  }
}

type Span = readonly [start: number, length: number];

/** What of an axis of the image a part of what was segmented makes. */
interface Share {
  /** Pixels of the image with their centres in the part: those before, in, and after what is made of it alone; none is empty. */
  readonly spans: readonly Span[];
  /** Pixels of the part that nothing else than what is made of it alone is made of; may be empty. */
  readonly own: Span;
}

/** @param part pixels of what was segmented. @param region pixels of the image, which are to be made. */
function shareOf(back: AxisScale, [start, length]: Span, [least, count]: Span): Share {
  const [end, most] = [start + length, least + count];
  const bound = (edge: number): number =>
    Math.max(least, Math.min(most, Math.ceil((edge * back.to) / back.from - 0.5)));
  const [begin, stop] = [bound(start), bound(end)];
  const madeOf = (pixel: number): { readonly first: number; readonly end: number } => {
    const { begin: first, end } = tapsOf(back, 'linear', pixel, 1);
    return { first, end };
  };
  let [inner, outer] = [begin, stop];
  while (inner < stop && madeOf(inner).first < start) inner++;
  while (outer > inner && madeOf(outer - 1).end > end) outer--;
  const low = inner === least ? start : Math.max(start, madeOf(inner - 1).end);
  const high = outer === most ? end : Math.min(end, madeOf(outer).first);
  const spans: Span[] = [
    [begin, inner - begin],
    [inner, outer - inner],
    [outer, stop - outer],
  ];
  return { spans: spans.filter(([, pixels]) => pixels > 0), own: [low, Math.max(0, high - low)] };
}

function piecesOf(across: readonly Span[], down: readonly Span[]): Rectangle[] {
  return down.flatMap(([y, height]) => across.map(([x, width]) => ({ x, y, width, height })));
}

/** `part` without what it has across and down for itself; rectangles that do not overlap. */
function bordersOf({ x, y, width, height }: Rectangle, [left, columns]: Span, [top, rows]: Span): Rectangle[] {
  if (columns === 0 || rows === 0) return [{ x, y, width, height }];
  const [right, bottom] = [left + columns, top + rows];
  const borders = [
    { x, y, width, height: top - y },
    { x, y: bottom, width, height: y + height - bottom },
    { x, y: top, width: left - x, height: rows },
    { x: right, y: top, width: x + width - right, height: rows },
  ];
  return borders.filter((border) => border.width > 0 && border.height > 0);
}

function cut(part: Part, { x, y, width, height }: Rectangle): Part {
  return { x, y, ...crop(part, { x: x - part.x, y: y - part.y, width, height }) };
}

function made(piece: Rectangle, taps: RegionTaps, parts: readonly Part[]): Part {
  const { x, y, width, height } = taps.needed;
  const data = new Float32Array(width * height);
  for (const part of parts) {
    const shared = intersection(part, taps.needed);
    if (shared === undefined) continue;
    const moved = cut(part, shared);
    placePart({ width, height, data }, { ...moved, x: shared.x - x, y: shared.y - y });
  }
  return { ...piece, data: resampleRegion({ width, height, data }, taps).data };
}

function intersection(a: Rectangle, b: Rectangle): Rectangle | undefined {
  const [x, y] = [Math.max(a.x, b.x), Math.max(a.y, b.y)];
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  const height = Math.min(a.y + a.height, b.y + b.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : undefined;
}

function pixelsIn(parts: readonly Rectangle[], of: Rectangle): number {
  return parts.reduce((sum, part) => sum + sharedPixels(part, of), 0);
}

function sharedPixels(a: Rectangle, b: Rectangle): number {
  const shared = intersection(a, b);
  return shared === undefined ? 0 : shared.width * shared.height;
}
