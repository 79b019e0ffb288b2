/** Scale that leaves the eleven digits of a 16-bit float below the point, for its subnormal numbers. */
const SUBNORMAL = 2 ** 24;
/** From here on a number rounds to infinity: half a step above the largest 16-bit float. */
const OVERFLOW = 65_520;

/**
 * `values` as IEEE 754 16-bit floats, the nearest of each, ties to the even one.
 *
 * @returns their bits.
 */
export function halfFloats(values: Float32Array): Uint16Array<ArrayBuffer> {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = words.map((word, i) => {
    const sign = (word >>> 16) & 0x8000;
    const magnitude = Math.abs(values[i] as number);
    if (Number.isNaN(magnitude)) return sign | 0x7e00;
    if (magnitude >= OVERFLOW) return sign | 0x7c00;
    if (magnitude < 2 ** -14) return sign | nearest(magnitude * SUBNORMAL);
    // Of float32's 23 digits the lower 13 go; a carry goes into the exponent, which is right.
    const digits = word & 0x7fffffff;
    return sign | (nearest(digits / 2 ** 13) - ((127 - 15) << 10));
  });
  return new Uint16Array(halves);
}

function nearest(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 === 1) ? low + 1 : low;
}
