import { emptyLike, type GreyData, type GreyImage } from '../image/image.ts';

/** The least multiple of `stride` that is not below `length`. */
export function roundUp(length: number, stride: number): number {
  return Math.ceil(length / stride) * stride;
}

/**
 * Where the values of an axis come from that is extended at its end from `length` to `padded` pixels: by reflection
 * that does not repeat the edge pixel (0 1 2 3 -> 0 1 2 3 2 1), or, on an axis too thin for that, by repeating it.
 *
 * @returns `padded` positions in 0 ... length - 1.
 */
export function sourcePositions(length: number, padded: number): Int32Array {
  const reflect = padded - length <= length - 1;
  const outside = (position: number): number => (reflect ? 2 * (length - 1) - position : length - 1);
  return Int32Array.from({ length: padded }, (_, position) => (position < length ? position : outside(position)));
}

/**
 * `image` extended at its bottom and right edges to the next multiples of `stride`, as `sourcePositions` says: what the
 * network sees of an image whose sides are no multiples of its stride. The result of the network is cropped again.
 *
 * @returns `image` itself when nothing needs to be added.
 */
export function padImage<T extends GreyData>(image: GreyImage<T>, stride: number): GreyImage<T> {
  const width = roundUp(image.width, stride);
  const height = roundUp(image.height, stride);
  if (width === image.width && height === image.height) return image;
  return readRegion(image, {
    columns: sourcePositions(image.width, width),
    rows: sourcePositions(image.height, height),
  });
}

/** The pixels of `image` where `rows` and `columns` cross, as a new image of the same kind of data. */
export function readRegion<T extends GreyData>(
  image: GreyImage<T>,
  { rows, columns }: { readonly rows: Int32Array; readonly columns: Int32Array },
): GreyImage<T> {
  const width = columns.length;
  const height = rows.length;
  const data = emptyLike(image.data, width * height);
  for (let y = 0; y < height; y++) {
    const from = (rows[y] as number) * image.width;
    const to = y * width;
    for (let x = 0; x < width; x++) data[to + x] = image.data[from + (columns[x] as number)] as number;
  }
  return { width, height, data };
}
