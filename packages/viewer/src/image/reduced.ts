import type { GreyData, GreyImage } from '@dilated-unet/core';

/**
 * Means of `factor` x `factor` pixels; those at the right and lower border of as many as there are.
 *
 * @param image axes y, x. @param factor pixels, at least 1.
 * @returns `ceil(side / factor)` pixels a side, of the same kind; integers rounded.
 */
export function reduced(image: GreyImage, factor: number): GreyImage {
  if (factor === 1) return image;
  const { width, height, data } = image;
  const [columns, rows] = [Math.ceil(width / factor), Math.ceil(height / factor)];
  const out = new (data.constructor as new (length: number) => GreyData)(columns * rows);
  const rounding = data instanceof Float32Array ? 0 : 0.5;
  const sums = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    sums.fill(0);
    const last = Math.min(height, (row + 1) * factor);
    for (let y = row * factor; y < last; y++) {
      for (let column = 0, x = y * width; column < columns; column++) {
        const end = Math.min(y * width + width, x + factor);
        let sum = 0;
        for (; x < end; x++) sum += data[x] as number;
        sums[column] = (sums[column] as number) + sum;
      }
    }
    const inRow = last - row * factor;
    for (let column = 0; column < columns; column++) {
      const pixels = inRow * (Math.min(width, (column + 1) * factor) - column * factor);
      out[row * columns + column] = (sums[column] as number) / pixels + rounding;
    }
  }
  return { width: columns, height: rows, data: out };
}
