import type { GreyStack } from './image.ts';

/** A displacement within a section, pixels. */
export interface Offset {
  /** Down. */
  readonly y: number;
  /** To the right. */
  readonly x: number;
}

/**
 * The content of each section moved by `offset`: what was at (y, x) is at (y + offset.y, x + offset.x). Between pixels values
 * are interpolated bilinearly; what comes in from beyond an edge repeats the pixels at that edge.
 *
 * @param stack axes z, y, x.
 * @returns float32, of the size of `stack`; a copy in any case.
 */
export function translateStack(stack: GreyStack, offset: Offset): GreyStack<Float32Array<ArrayBuffer>> {
  const { width, height, depth, data } = stack;
  const rows = sources(height, offset.y);
  const columns = sources(width, offset.x);
  const out = new Float32Array(data.length);
  for (let z = 0; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      const below = rows.share[y] as number;
      const first = (z * height + (rows.first[y] as number)) * width;
      const second = (z * height + (rows.second[y] as number)) * width;
      const at = (z * height + y) * width;
      for (let x = 0; x < width; x++) {
        const right = columns.share[x] as number;
        const [a, b] = [columns.first[x] as number, columns.second[x] as number];
        const upper = (data[first + a] as number) * (1 - right) + (data[first + b] as number) * right;
        const lower = (data[second + a] as number) * (1 - right) + (data[second + b] as number) * right;
        out[at + x] = upper * (1 - below) + lower * below;
      }
    }
  }
  return { width, height, depth, data: out };
}

/** The two places between which each of `length` values lies before it is moved by `by`, and the share of the second. */
function sources(length: number, by: number): { first: Int32Array; second: Int32Array; share: Float64Array } {
  const places = { first: new Int32Array(length), second: new Int32Array(length), share: new Float64Array(length) };
  const inside = (place: number): number => Math.min(length - 1, Math.max(0, place));
  for (let i = 0; i < length; i++) {
    const whole = Math.floor(i - by);
    places.first[i] = inside(whole);
    places.second[i] = inside(whole + 1);
    places.share[i] = i - by - whole;
  }
  return places;
}
