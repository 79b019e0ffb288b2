import { expect, test } from 'vitest';
import * as api from '../src/index.ts';
import type {
  Augmentation,
  AugmentationInput,
  AugmentationKind,
  AugmentedWindow,
  AugmentOptions,
  DatasetLocation,
  DeviceReport,
  Evaluation,
  ExportedModel,
  ExportModelOptions,
  HeldOutScores,
  LabelledSection,
  LogRow,
  PhantomOptions,
  Random,
  ResolvedDataset,
  Rewrite,
  RunTrainingOptions,
  SquareWindow,
  StepTask,
  StepTimes,
  StreamKey,
  TrainConfig,
  TrainConfigInput,
  TrainEvent,
  TrainResult,
  ValidationScores,
} from '../src/index.ts';

/** The public types by name: one that is renamed or taken away does not compile here. */
type PublicTypes = [
  Augmentation,
  AugmentationInput,
  AugmentationKind,
  AugmentedWindow,
  AugmentOptions,
  DatasetLocation,
  DeviceReport,
  Evaluation,
  ExportedModel,
  ExportModelOptions,
  HeldOutScores,
  LabelledSection,
  LogRow,
  PhantomOptions,
  Random,
  ResolvedDataset,
  Rewrite,
  RunTrainingOptions,
  SquareWindow,
  StepTask,
  StepTimes,
  StreamKey,
  TrainConfig,
  TrainConfigInput,
  TrainEvent,
  TrainResult,
  ValidationScores,
];

// A difference here is a change of what others import: review it as such.
test('public names', () => {
  expect(Object.keys(api).sort()).toMatchInlineSnapshot(`
    [
      "AUGMENTATION_KINDS",
      "REWRITES",
      "augmentWindow",
      "exportModel",
      "initialWeights",
      "modelCard",
      "parseAugmentation",
      "parseTrainConfig",
      "phantom",
      "readRunLog",
      "resolveDataset",
      "runTraining",
      "stream",
      "trainConfigSchema",
      "trainingEnvironment",
      "writeFileAtomically",
    ]
  `);
  const types: PublicTypes['length'] = 27;
  expect(types).toBe(27);
});
