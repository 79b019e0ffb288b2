import { TAG } from '../tags.ts';
import { readNumbers, type Directory } from './directory.ts';

/**
 * The grey value of each number of the palette of `directory`: 8 bit for numbers of up to 8 bits, else 16 bit; undefined
 * where the palette has colours.
 *
 * @throws InvalidImageError where there is no palette for `bits` bits.
 */
export async function readGreyPalette(
  directory: Directory,
  bits: number,
): Promise<Uint8Array | Uint16Array | undefined> {
  const count = 2 ** bits;
  // 16 bits each: all reds, then all greens, then all blues.
  const map = (await readNumbers(directory, TAG.colorMap, 'ColorMap', 3 * count)) ?? new Float64Array(0);
  const [red, green, blue] = [0, 1, 2].map((colour) => map.subarray(colour * count, (colour + 1) * count)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const isGrey = red.length === count && red.every((value, i) => value === green[i] && value === blue[i]);
  // A palette of one grey is one that the writer has left out.
  if (!isGrey || red.every((value) => value === red[0])) return undefined;
  if (bits > 8) return Uint16Array.from(red);
  // Some writers fill 8 of the 16 bits.
  const is8Bit = red.every((value) => value < 256);
  return Uint8Array.from(is8Bit ? red : red.map((value) => value >> 8));
}
