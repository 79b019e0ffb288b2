import { emptyLike, type GreyData, type GreyImage } from './image.ts';
import type { Rectangle } from './rectangle.ts';

/** The pixels of `region`, which lies in `image`: a copy of the same kind of data. */
export function crop<T extends GreyData>(
  { width: columns, data }: GreyImage<T>,
  { x, y, width, height }: Rectangle,
): GreyImage<T> {
  const out = emptyLike(data, width * height);
  for (let row = 0; row < height; row++) {
    const from = (y + row) * columns + x;
    out.set(data.subarray(from, from + width), row * width);
  }
  return { width, height, data: out };
}
