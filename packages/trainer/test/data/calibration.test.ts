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
  return [...calibrationBatches(config, { stacks: [stack as DividedStack] }, 64)];
}

it('calibrates on clean tissue: of the augmentation, symmetries alone', () => {
  const symmetries = windows({ symmetries: true });
  expect(symmetries).toHaveLength(4);
  expect(windows(parseAugmentation('tissue'))).toEqual(symmetries);
  expect(windows(parseAugmentation('rotation,noise'))).toEqual(windows({}));
  expect(windows({})).not.toEqual(symmetries);
});
