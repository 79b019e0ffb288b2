/** Largest absolute difference of two maps of one size. */
export function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new Error(`${a.length} values are compared with ${b.length}`);
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs((a[i] as number) - (b[i] as number));
    // Not a number must not pass as no difference.
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

/** Mean and standard deviation, to see that a map is not blank. */
export function spread(data: Float32Array): number {
  const mean = data.reduce((sum, v) => sum + v, 0) / data.length;
  return Math.sqrt(data.reduce((sum, v) => sum + (v - mean) ** 2, 0) / data.length);
}

/** Mean absolute difference of two maps of one size. */
export function meanDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new Error(`${a.length} values are compared with ${b.length}`);
  return a.reduce((sum, v, i) => sum + Math.abs(v - (b[i] as number)), 0) / a.length;
}
