/** @param values at least one. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Value below which half of `values` lie. @throws RangeError when there are none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Interquartile range over the median. */
export function relativeSpread(values: readonly number[]): number {
  return (quantile(values, 0.75) - quantile(values, 0.25)) / median(values);
}

/** To four significant digits. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** Linear interpolation between the two nearest ranks. */
function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError('There is nothing to take a quantile of.');
  const sorted = [...values].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  const a = sorted[low] as number;
  const b = sorted[Math.min(low + 1, sorted.length - 1)] as number;
  return a + (place - low) * (b - a);
}
