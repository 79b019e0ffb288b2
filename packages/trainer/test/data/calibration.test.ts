import { expect, it } from 'vitest';
import { parseAugmentation, parseTrainConfig } from '../../src/config/parse.ts';
import type { TrainConfig } from '../../src/config/schema.ts';
import { calibrationBatches } from '../../src/data/calibration.ts';
import type { DividedStack } from '../../src/data/hold-out.ts';
import { stream } from '../../src/random.ts';

const random = stream(2, 'calibration');
const shape = { width: 72, height: 64, depth: 2 };
const plane = (values: () => number): Uint8Array => Uint8Array.from({ length: 72 * 64 * 2 }, values);
const train = {
  images: { ...shape, data: plane(() => random.integer(256)) },
  labels: { ...shape, data: plane(() => random.integer(2)) },
};

function windows(augmentation: TrainConfig['augmentation']): Float32Array[] {
  const config = parseTrainConfig({
    network: { name: 'unet' },
    data: { kind: 'phantom' },
    holdOut: 1,
    schedule: {},
    calibrationWindows: 4,
    augmentation,
  });
  const stack = { train: { ...train, by: { normalisation: { mean: 0, std: 1 } } }, labelOffset: null };
  return [...calibrationBatches(config, { stacks: [stack as DividedStack] }, 64, [1])];
}

it('calibrates on clean tissue: of the augmentation, symmetries alone', () => {
  const symmetries = windows({ symmetries: true });
  expect(symmetries).toHaveLength(4);
  expect(windows(parseAugmentation('tissue'))).toEqual(symmetries);
  expect(windows(parseAugmentation('rotation,noise'))).toEqual(windows({}));
  expect(windows({})).not.toEqual(symmetries);
});

/** Numbers of the stacks of which windows are, of stacks that have these shares of the training. */
function stacksOf(shares: readonly number[], calibrationWindows: number): number[] {
  const config = parseTrainConfig({
    network: { name: 'unet' },
    data: { kind: 'phantom' },
    holdOut: 1,
    schedule: {},
    calibrationWindows,
  });
  const stacks = shares.map((_, k) => {
    const side = 64 * (k + 1);
    const data = new Uint8Array(side * side).fill(k);
    const grey = { width: side, height: side, depth: 1, data };
    return { train: { images: grey, labels: grey, by: { normalisation: { mean: 0, std: 1 } } }, labelOffset: null };
  });
  const windows = [...calibrationBatches(config, { stacks: stacks as unknown as DividedStack[] }, 64, shares)];
  return windows.map((window) => window[0] as number);
}

it('calibrates on each stack as much as the training is of it, however few places its larger windows have', () => {
  const of = (shares: readonly number[], windows: number): number[] => {
    const stacks = stacksOf(shares, windows);
    return shares.map((_, k) => stacks.filter((stack) => stack === k).length);
  };
  expect(of([0.25, 0.75], 24)).toEqual([6, 18]);
  expect(of([0.5, 0.3, 0.2], 10)).toEqual([5, 3, 2]);
  expect(of([0.01, 0.99], 12)).toEqual([1, 11]);
  expect(of([0.1, 0.1, 0.8], 2)).toEqual([0, 0, 2]);
});
