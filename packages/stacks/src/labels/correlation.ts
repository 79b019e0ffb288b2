import type { GreyData } from '@dilated-unet/core';

/** Pearson's correlation of grey values and of labels that are 0 or 1; NaN where one of them is the same everywhere. */
export function correlationOf(grey: GreyData, labels: GreyData): number {
  const count = grey.length;
  let [sum, interior] = [0, 0];
  for (let i = 0; i < count; i++) {
    sum += grey[i] as number;
    interior += labels[i] as number;
  }
  const [mean, share] = [sum / count, interior / count];
  let [squares, product] = [0, 0];
  for (let i = 0; i < count; i++) {
    const difference = (grey[i] as number) - mean;
    squares += difference * difference;
    product += difference * (labels[i] as number);
  }
  return product / Math.sqrt(squares * count * share * (1 - share));
}

/** The mean of the values that are finite; NaN where none is. */
export function finiteMean(values: readonly number[]): number {
  const finite = values.filter((value) => Number.isFinite(value));
  return finite.reduce((sum, value) => sum + value, 0) / finite.length;
}
