import { expect, it } from 'vitest';
import { bandsOf, GreyTally, type GreyImage } from '../../src/index.ts';
import { cells } from '../support/cells.ts';
import { stackOf } from '../support/images.ts';

/** Cells side by side, 2048 rows and more: read in several bands. */
function tall(): GreyImage<Uint8Array> {
  const { data } = cells(128, 96);
  const [width, height] = [2560, 2500];
  const out = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) out[y * width + x] = data[(y % 96) * 128 + (x % 128)] as number;
  }
  return { width, height, data: out };
}

it('a section that is read in bands has the statistics of the image, and is never held whole', async () => {
  const image = tall();
  let largest = 0;
  const stack = stackOf([image], (_, { width, height }) => (largest = Math.max(largest, width * height)));
  const { statistics } = await new GreyTally().addSection(stack, 0);
  const whole = new GreyTally().add(image).statistics;
  expect(statistics).toEqual({ ...whole, lineBalance: expect.closeTo(whole.lineBalance ?? NaN, 6) as number });
  expect(largest).toBeLessThan(image.data.length);
});

it('a band of nothing but padding of several values is padding, and a drawing is none', async () => {
  const { width, height, data } = tall();
  const isFill = (i: number): boolean => i < 2000 * width;
  const fill = (i: number): number => (i % width < width / 2 ? 0 : 255);
  for (const isPadded of [isFill, () => true]) {
    const image = { width, height, data: data.map((value, i) => (isPadded(i) ? fill(i) : value)) };
    const { mean, std, pixels } = new GreyTally().add(image).statistics;
    const read = await new GreyTally().addSection(stackOf([image]), 0);
    expect(read.statistics).toMatchObject({
      pixels,
      mean: expect.closeTo(mean, 9) as number,
      std: expect.closeTo(std, 9) as number,
    });
  }
});

it('a value of padding that is far from the tissue takes no digits from it', () => {
  const [width, height] = [128, 96];
  const data = Float32Array.from({ length: width * height }, (_, i) => (i % width < 20 ? -3.4e38 : (i % 7) / 10));
  const { mean, std } = new GreyTally().add({ width, height, data }, { lines: false }).statistics;
  expect([mean, std]).toEqual([expect.closeTo(0.3, 2), expect.closeTo(0.2, 2)]);
});

it('bands follow each other from the top to the bottom', async () => {
  const image = tall();
  let next = 0;
  for await (const { y, width, height, data } of bandsOf(stackOf([image]), 0)) {
    expect([y, width]).toEqual([next, 2560]);
    const rows = image.data.subarray(y * width, (y + height) * width);
    expect(data.length).toBe(rows.length);
    expect(data.every((value, i) => value === rows[i])).toBe(true);
    next += height;
  }
  expect(next).toBe(2500);
});

it('bands are larger where each is read with all the rows above it', async () => {
  const image = tall();
  const bands: number[] = [];
  for await (const { height } of bandsOf({ ...stackOf([image]), fromTop: true }, 0)) bands.push(height);
  expect(bands).toEqual([2500]);
});

it('a value that is not finite is named by its place in the section', async () => {
  const { width, height } = tall();
  const data = new Float32Array(width * height);
  data[2400 * width + 3] = Infinity;
  await expect(new GreyTally().addSection(stackOf([{ width, height, data }]), 0)).rejects.toThrow(
    'Section 1 has the value Infinity at x 3, y 2400',
  );
});
