import { parseTrainConfig } from '../../src/config/parse.ts';
import type { TrainConfig, TrainConfigInput } from '../../src/config/schema.ts';

/** A run of seconds: the real network on a small phantom. */
export function smallRun(overrides: Partial<TrainConfigInput> = {}): TrainConfig {
  return parseTrainConfig({
    network: { name: 'unet' },
    data: { kind: 'phantom', sections: 3, size: 64, seed: 1 },
    holdOut: 1,
    window: 32,
    batchSize: 1,
    stepsPerEpoch: 2,
    epochs: 2,
    schedule: { baseRate: 1e-4, maxRate: 1e-3, stepSize: 4 },
    augmentation: 'symmetries',
    seed: 3,
    ...overrides,
  });
}
