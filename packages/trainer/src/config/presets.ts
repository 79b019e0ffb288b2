import type { TrainConfigInput } from './schema.ts';

/** A part of a configuration: each field may be left out, at any depth. */
export type ConfigOverrides = Overrides<TrainConfigInput>;
type Overrides<T> = T extends readonly unknown[] ? T : T extends object ? { [K in keyof T]?: Overrides<T[K]> } : T;

/** A named run: what differs from the defaults of `TrainConfig`. */
export interface Preset {
  readonly description: string;
  readonly overrides: ConfigOverrides;
}

/** The named runs. */
export const PRESETS = {
  'isbi-full': {
    description:
      'a real stack as well as 90 minutes on two cores allow: 4,200 steps of two augmented 256 x 256 windows',
    overrides: {
      holdOut: 6,
      window: 256,
      batchSize: 2,
      stepsPerEpoch: 100,
      epochs: 42,
      schedule: { maxRate: 0.003, stepSize: 2100 },
      registerLabels: true,
      normalise: 'section',
      // Wider than `tissue`: the model is for stacks of other microscopes and resolutions, too (docs/experiments/isbi-full.md).
      augmentation: {
        symmetries: true,
        rotation: true,
        scale: [0.75, 1.25],
        elastic: true,
        intensity: { gain: [0.7, 1.4], offset: 0.5, gamma: [0.65, 1.5] },
        noise: 0.2,
        blur: true,
        darkSection: true,
        missingMembrane: true,
        stain: true,
      },
      evaluateEvery: 7,
      calibrationWindows: 24,
    },
  },
  'isbi-quick': {
    description: 'a real stack in one triangular cycle: 780 steps of two 256 x 256 windows; what runs with --data',
    overrides: {
      holdOut: 6,
      window: 256,
      batchSize: 2,
      stepsPerEpoch: 65,
      epochs: 12,
      schedule: { maxRate: 0.003, stepSize: 390 },
      registerLabels: true,
      augmentation: 'symmetries',
      evaluateEvery: 4,
      calibrationWindows: 24,
    },
  },
  original: {
    description:
      "the original's README: 500 epochs of 10 steps of three 512 x 512 windows of a montage, best weights kept",
    overrides: {
      holdOut: 0,
      sampling: 'montage',
      window: 512,
      batchSize: 3,
      stepsPerEpoch: 10,
      epochs: 500,
      schedule: { policy: 'triangular', baseRate: 1e-5, maxRate: 0.01, stepSize: 2000 },
      augmentation: 'none',
      evaluateEvery: 1,
      exportWeights: 'best',
      earlyStopping: { patience: 300, minDelta: 0.001 },
    },
  },
  'phantom-quick': {
    description: 'the built-in phantom in a few minutes on two cores; what runs when no data is named',
    overrides: {
      data: { kind: 'phantom' },
      holdOut: 6,
      window: 128,
      batchSize: 2,
      stepsPerEpoch: 20,
      epochs: 22,
      schedule: { maxRate: 0.003, stepSize: 220 },
      augmentation: 'symmetries',
      evaluateEvery: 11,
      calibrationWindows: 12,
    },
  },
} as const satisfies Record<string, Preset>;
