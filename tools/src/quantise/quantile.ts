/** Bits of a float32 that a bin keeps: exponent and 7 of the mantissa, so that its edges are 0.8% apart or less. */
const DROPPED_BITS = 16;

/**
 * The magnitude below which a share of `values` lies: of those above 0 for `sign` 1, of those below 0 for -1; values of the
 * other sign count as 0. Rounded up by less than 1%, so that rounding in another order rarely changes it.
 *
 * @param share 0 ... 1; at 1 it is the largest magnitude.
 */
export function quantile(values: Float32Array, share: number, sign: 1 | -1): number {
  const bins = new Uint32Array(1 << (31 - DROPPED_BITS));
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  for (const bit of bits) {
    if (bit < 0 !== sign < 0) continue;
    const bin = (bit & 0x7fffffff) >>> DROPPED_BITS;
    bins[bin] = (bins[bin] as number) + 1;
  }
  const most = Math.floor(values.length * (1 - share));
  let above = 0;
  for (let bin = bins.length - 1; bin > 0; bin--) {
    above += bins[bin] as number;
    if (above > most) return new Float32Array(Uint32Array.of((bin + 1) << DROPPED_BITS).buffer)[0] as number;
  }
  return 0;
}
