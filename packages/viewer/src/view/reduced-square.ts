import type { Size } from './camera.ts';

/** Bytes of a square, axes y, x. */
export type Bytes = Size & { readonly data: Uint8Array<ArrayBuffer> };

/**
 * By how much a map can be reduced, a power of two, and still have a pixel for each of the screen.
 *
 * @param zoom screen pixels for one of the map. @param most a power of two.
 */
export function reductionFor(zoom: number, most: number): number {
  return Math.min(most, 2 ** Math.max(0, Math.floor(-Math.log2(zoom))));
}

/**
 * Probabilities, reduced by means: for each block a pair, the mean in which what is unknown counts as 0, and the share that is known,
 * both 0 ... 255.
 *
 * @param levels 1 ... 255; 0 where nothing is known.
 */
export function meanPairs(levels: Bytes, by: number): Bytes {
  // In less than half the time of blocks of one pixel.
  if (by === 1) return { ...levels, data: pairs(levels.data) };
  const { width, height } = reducedSize(levels, by);
  const data = new Uint8Array(2 * width * height);
  for (let row = 0; row < height; row++) {
    const bottom = Math.min(levels.height, (row + 1) * by);
    for (let column = 0; column < width; column++) {
      const right = Math.min(levels.width, (column + 1) * by);
      let [sum, known] = [0, 0];
      for (let y = row * by; y < bottom; y++) {
        for (let i = y * levels.width + column * by; i < y * levels.width + right; i++) {
          const level = levels.data[i] as number;
          if (level === 0) continue;
          sum += level - 1;
          known++;
        }
      }
      const pixels = (bottom - row * by) * (right - column * by);
      const at = 2 * (row * width + column);
      data[at] = (sum * 255) / 254 / pixels + 0.5;
      data[at + 1] = (known * 255) / pixels + 0.5;
    }
  }
  return { width, height, data };
}

function pairs(levels: Uint8Array): Uint8Array<ArrayBuffer> {
  const made = new Uint8Array(2 * levels.length);
  for (let i = 0; i < levels.length; i++) {
    const level = levels[i] as number;
    if (level === 0) continue;
    made[2 * i] = ((level - 1) * 255) / 254 + 0.5;
    made[2 * i + 1] = 255;
  }
  return made;
}

/** Numbers that have no mean: of each block the one in its middle. */
export function picked(numbers: Bytes, by: number): Bytes {
  if (by === 1) return numbers;
  const { width, height } = reducedSize(numbers, by);
  const data = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    const y = Math.min(numbers.height - 1, row * by + by / 2);
    for (let column = 0; column < width; column++) {
      const x = Math.min(numbers.width - 1, column * by + by / 2);
      data[row * width + column] = numbers.data[y * numbers.width + x] as number;
    }
  }
  return { width, height, data };
}

function reducedSize({ width, height }: Size, by: number): Size {
  return { width: Math.ceil(width / by), height: Math.ceil(height / by) };
}
