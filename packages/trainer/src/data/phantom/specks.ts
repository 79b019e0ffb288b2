/** Replaces each inner pixel of `mask` (0 or 1; axes y, x), in place, by what most of its 3 x 3 neighbourhood is. */
export function smoothByMajority(mask: Uint8Array, width: number): void {
  const before = mask.slice();
  const height = mask.length / width;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      let sum = 0;
      for (let row = y - 1; row <= y + 1; row++) {
        const i = row * width + x;
        sum += (before[i - 1] as number) + (before[i] as number) + (before[i + 1] as number);
      }
      mask[y * width + x] = sum >= 5 ? 1 : 0;
    }
  }
}

/**
 * Flips, in place, each 4-connected component of the pixels equal to `value` (0 or 1) that has fewer than `smallest`
 * pixels and that `accept`, given its pixels, agrees to. `mask`: axes y, x.
 *
 * @param accept @default any
 */
export function removeSpecks(
  mask: Uint8Array,
  width: number,
  value: 0 | 1,
  smallest: number,
  accept: (pixels: readonly number[]) => boolean = () => true,
): void {
  const seen = new Uint8Array(mask.length);
  const queue = new Int32Array(mask.length);
  for (let start = 0; start < mask.length; start++) {
    if (mask[start] !== value || seen[start] === 1) continue;
    let count = 0;
    const visit = (i: number): void => {
      if (mask[i] !== value || seen[i] === 1) return;
      seen[i] = 1;
      queue[count++] = i;
    };
    visit(start);
    for (let next = 0; next < count; next++) {
      const i = queue[next] as number;
      if (i % width > 0) visit(i - 1);
      if ((i + 1) % width > 0) visit(i + 1);
      if (i >= width) visit(i - width);
      if (i + width < mask.length) visit(i + width);
    }
    if (count >= smallest) continue;
    const pixels = [...queue.subarray(0, count)];
    if (accept(pixels)) for (const i of pixels) mask[i] = 1 - value;
  }
}
