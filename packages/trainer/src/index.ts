/**
 * Trains U-nets on electron-microscopy stacks. The training step is a TensorFlow graph that this package writes and runs
 * through `@tensorflow/tfjs-node-gpu`: CUDA where there is a GPU, the same graph on the CPU.
 *
 * @example
 * import { parseTrainConfig, runTraining } from '@dilated-unet/trainer';
 * const config = parseTrainConfig({
 *   network: { name: 'unet' },
 *   data: { kind: 'phantom', sections: 8, size: 256 },
 *   holdOut: 2, window: 128, batchSize: 2, stepsPerEpoch: 20, epochs: 5,
 *   schedule: { baseRate: 1e-4, maxRate: 3e-3, stepSize: 50 },
 * });
 * const { validation } = await runTraining(config, { out: '/tmp/run', onEvent: console.log });
 * console.log(validation?.softDice);
 *
 * @module
 */
export type { LeftOut } from './bench/left-out.ts';
export type { StepTask, StepTimes } from './bench/step-task.ts';
export { flagsIn, flagText, type FlagText } from './config/flags.ts';
export { trainConfigSchema, type TrainConfig, type TrainConfigInput } from './config/schema.ts';
export {
  CONFIG_FIELDS,
  configDifferences,
  fieldsOf,
  type ConfigDifference,
  type ConfigField,
} from './config/fields.ts';
export { parseAugmentation, parseStoredConfig, parseTrainConfig } from './config/parse.ts';
export { PRESETS, type ConfigOverrides, type Preset } from './config/presets.ts';
export {
  AUGMENTATION_KINDS,
  type Augmentation,
  type AugmentationInput,
  type AugmentationKind,
} from './data/augmentation/amplitudes.ts';
export {
  augmentWindow,
  type AugmentedWindow,
  type AugmentOptions,
  type LabelledSection,
} from './data/augmentation/augment.ts';
export type { SquareWindow } from './data/augmentation/symmetries.ts';
export { decidedConfig, loadDataset, trainedStacks, type Dataset, type DatasetConfig } from './data/dataset.ts';
export { storedPixels, type StoredPixels } from './data/pixel-size.ts';
export type { DividedStack, NormalisedSections } from './data/hold-out.ts';
export { phantom, type PhantomOptions } from './data/phantom.ts';
export type { Batch, Sampler } from './data/sampler.ts';
export type { LabelledStack, Stacks, StacksOptions } from './data/stacks.ts';
export { holdsOut, stacksOf, type StackConfig } from './config/stacks.ts';
export { openTrainingSampler } from './data/training-batches.ts';
export type { OpenedSampler } from './data/open-sampler.ts';
export { beyondMemory, type MemoryLimits } from './data/streamed/decide.ts';
export type { StreamedSections } from './data/streamed/sections.ts';
export type {
  DeviceReport,
  Evaluation,
  FitScores,
  ReferenceFiles,
  StackEvaluation,
  StackResult,
  TrainEvent,
  TrainResult,
} from './run/events.ts';
export { readWeights, type TrainedNetwork } from './export/weights.ts';
export {
  exportModel,
  modelCard,
  writeInferenceModel,
  type ExportedModel,
  type ExportModelOptions,
} from './export/model.ts';
export { openInitialModel, type InitialModel } from './init/initial-model.ts';
export { requireSameShape, shapeOf, type NetworkShape } from './init/same-shape.ts';
export { REWRITES, type Rewrite, type Target } from './graph/rewrites/index.ts';
export { trainingEnvironment, type ChildOptions } from './process/child-process.ts';
export { runRangeTest, runTraining, type RunRangeTestOptions, type RunTrainingOptions } from './process/launch.ts';
export { readRunLog, type LogRow } from './run/log.ts';
export type { RangePoint } from './lr-finder/loss-curve.ts';
export type { RangeTestEvent, RangeTestResult } from './lr-finder/range-test.ts';
export type { RateSuggestion } from './lr-finder/suggest.ts';
export { DEFAULT_SWEEP, SPACINGS, type RateSweep, type Spacing } from './lr-finder/sweep.ts';
export { isDivergence } from './run/epoch.ts';
export { requireSameRun } from './run/resume.ts';
export { stream, type Random, type StreamKey } from './random.ts';
export { initialWeights } from './model/weights.ts';
