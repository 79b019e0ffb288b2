import { expect, test } from 'vitest';
import * as api from '../src/index.ts';
import type {
  Augmentation,
  AugmentationInput,
  AugmentationKind,
  DatasetLocation,
  DeviceReport,
  ExportedModel,
  ExportModelOptions,
  HeldOutScores,
  PhantomOptions,
  ResolvedDataset,
  Rewrite,
  RunTrainingOptions,
  StepTask,
  StepTimes,
  TrainConfig,
  TrainConfigInput,
  TrainEvent,
  TrainResult,
} from '../src/index.ts';

/** The public types by name: one that is renamed or taken away does not compile here. */
type PublicTypes = [
  Augmentation,
  AugmentationInput,
  AugmentationKind,
  DatasetLocation,
  DeviceReport,
  ExportedModel,
  ExportModelOptions,
  HeldOutScores,
  PhantomOptions,
  ResolvedDataset,
  Rewrite,
  RunTrainingOptions,
  StepTask,
  StepTimes,
  TrainConfig,
  TrainConfigInput,
  TrainEvent,
  TrainResult,
];

// A difference here is a change of what others import: review it as such.
test('public names', () => {
  expect(Object.keys(api).sort()).toMatchInlineSnapshot(`
    [
      "AUGMENTATION_KINDS",
      "REWRITES",
      "exportModel",
      "initialWeights",
      "modelCard",
      "parseTrainConfig",
      "phantom",
      "resolveDataset",
      "runTraining",
      "trainConfigSchema",
      "trainingEnvironment",
      "writeFileAtomically",
    ]
  `);
  const types: PublicTypes['length'] = 18;
  expect(types).toBe(18);
});
