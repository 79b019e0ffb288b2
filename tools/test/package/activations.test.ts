import { expect, test } from 'vitest';
import { FIRST, smallUnet } from '../../../packages/onnx/test/support/small-unet.ts';
import { channelMagnitudes, tensorRanges } from '../../src/package/forms/activations.ts';
import { SMALL_CARD as card } from '../support/small-card.ts';

const SIDE = 16;

/** Two sections, the second of larger z-scores. */
const zScores = [1, 2].map((by) => Float32Array.from({ length: SIDE * SIDE }, (_, i) => by * Math.cos(i * 0.4)));
const data = Float32Array.from(
  zScores.flatMap((section) => [...section]),
  (z) => 120 + 30 * z,
);
const images = { width: SIDE, height: SIDE, depth: 2, data };
const task = { model: smallUnet(), card, images, tensors: ['first', 'ar'] };

/** The largest value of channel `o` of `ar`: the first convolution, padded with zeros, and its ReLU. */
function largestOf(o: number): number {
  const at = (section: Float32Array, y: number, x: number): number =>
    y < 0 || x < 0 || y >= SIDE || x >= SIDE ? 0 : (section[y * SIDE + x] as number);
  const sums = zScores.flatMap((section) =>
    Array.from(section, (_, i) =>
      FIRST.kernel
        .slice(o * 9, (o + 1) * 9)
        .reduce(
          (sum, w, tap) =>
            sum + w * at(section, Math.floor(i / SIDE) + Math.floor(tap / 3) - 1, (i % SIDE) + (tap % 3) - 1),
          FIRST.bias[o] as number,
        ),
    ),
  );
  return Math.max(0, ...sums);
}

/** Ranges are rounded outwards by less than 1%. */
function expectJustAbove(found: number | undefined, exact: number): void {
  expect(found).toBeGreaterThanOrEqual(exact - 1e-5);
  expect(found).toBeLessThanOrEqual(exact * 1.01);
}

test('a tensor has one range, of all sections', async () => {
  const ranges = await tensorRanges(task, 0);
  expect([...ranges.keys()]).toEqual(['first', 'ar']);
  const z = [...(zScores[1] as Float32Array)];
  expectJustAbove(ranges.get('first')?.high, Math.max(...z));
  expectJustAbove(-(ranges.get('first')?.low ?? 0), -Math.min(...z));
  expectJustAbove(ranges.get('ar')?.high, Math.max(...[0, 1, 2, 3].map(largestOf)));
  expect(ranges.get('ar')?.low).toBeCloseTo(0);
});

test('each channel has its own magnitude', async () => {
  const magnitudes = (await channelMagnitudes(task, 0)).get('ar');
  expect(magnitudes).toHaveLength(4);
  magnitudes?.forEach((found, o) => expectJustAbove(found, largestOf(o)));
});

test('a channel that is 1 everywhere has the magnitude 1, so that it is still 1 when channels are brought to one range', async () => {
  const magnitudes = await channelMagnitudes({ ...task, model: smallUnet({ one: true }) }, 1e-4);
  expect(magnitudes.get('ar')?.[0]).toBe(1);
});

test('a run that is stopped gives nothing', async () => {
  await expect(tensorRanges({ ...task, signal: AbortSignal.abort(new Error('enough')) }, 0)).rejects.toThrow('enough');
});
