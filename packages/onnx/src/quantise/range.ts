/** Bits of a float32 that a bin keeps: sign, exponent and 7 of the mantissa, so that its edges are 0.8% apart or less. */
const DROPPED_BITS = 16;
const BINS = 1 << (32 - DROPPED_BITS);

/** Between which values a tensor lies. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/**
 * Between which magnitudes `values` lie but for a share: of those above 0, and of those below. Rounded outwards by less than
 * 1%, so that rounding in another order rarely changes it; powers of two, such as the 1 of a channel that is 1 everywhere, stay what
 * they are.
 *
 * @param share of the values that may lie beyond either end, 0 ... 1.
 * @returns `low` at most 0, `high` at least 0.
 */
export function rangeOf(values: Float32Array, share: number): Range {
  const bins = new Uint32Array(BINS);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) {
    const bin = Math.ceil((bits[i] as number) / 2 ** DROPPED_BITS);
    bins[bin] = (bins[bin] as number) + 1;
  }
  const most = Math.floor(values.length * share);
  return { low: -magnitude(bins.subarray(BINS / 2), most), high: magnitude(bins.subarray(0, BINS / 2), most) };
}

/** Beyond which at most `most` of the counted magnitudes lie. */
function magnitude(bins: Uint32Array, most: number): number {
  let above = 0;
  for (let bin = bins.length - 1; bin > 0; bin--) {
    above += bins[bin] as number;
    if (above > most) return new Float32Array(Uint32Array.of(bin << DROPPED_BITS).buffer)[0] as number;
  }
  return 0;
}
