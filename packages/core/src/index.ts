/**
 * What trainer and runtimes share: the network as data and the functions of it, learning-rate schedules, metrics,
 * tiling, images and the model card. No dependencies; runs wherever JavaScript runs.
 *
 * @example
 * import { variant, parameterCount } from '@dilated-unet/core';
 * parameterCount(variant('dilated-unet')).total; // 2772816
 *
 * @module
 */
export { errorFromData, errorToData, type ErrorData } from './error-data.ts';
export {
  DilatedUnetError,
  EnvironmentError,
  GreyValuesError,
  InvalidImageError,
  InvalidModelError,
  InvalidOptionError,
  InvalidPackageError,
  isDilatedUnetError,
} from './errors.ts';
export {
  checkGreyOptions,
  describeGreyOptions,
  NORMALISE_OPTIONS,
  type GreyOptions,
  type NormaliseOption,
} from './image/grey-options.ts';
export { crop } from './image/crop.ts';
export { commonRange, type GreyRange } from './image/grey-range.ts';
export { ENOUGH_PIXELS, GreyTally, type GreyStatistics } from './image/grey-statistics.ts';
export { section, sections, type GreyData, type GreyImage, type GreyStack } from './image/image.ts';
export {
  normalise,
  stackNormalisation,
  tissueNormalisation,
  type AppliedNormalisation,
  type Normalisation,
} from './image/normalisation.ts';
export type { Rectangle } from './image/rectangle.ts';
export {
  bandPixels,
  bandsOf,
  readableStack,
  type ReadableStack,
  type Segmentable,
  type StopSignal,
} from './image/readable-stack.ts';
export { countedSections, countedValues, type IgnoreOption } from './image/ignore.ts';
export { labelOffset, moveToLabels, whereLabelsLie, type LabelOffset } from './image/registration.ts';
export { applySymmetry, inverseSymmetry, readWindow, SYMMETRIES, type Symmetry } from './image/symmetries.ts';
export { translateStack, type Offset } from './image/translation.ts';
export { requireImage } from './image/validate.ts';
export {
  cellInstances,
  checkInstancesOptions,
  SEEDS_OPTIONS,
  type CellInstances,
  type CellInstancesOptions,
  type SeedsOption,
} from './instances/cell-instances.ts';
export {
  BOUNDARY_WIDTHS,
  checkBoundaryWidth,
  instanceMembranes,
  membraneReach,
  type IdImage,
} from './instances/instance-membranes.ts';
export { contingency, type Contingency } from './metrics/contingency.ts';
export {
  evaluateSection,
  evaluateStack,
  summariseSections,
  type SectionEvaluation,
  type StackEvaluation,
} from './metrics/evaluation.ts';
export { informationScore } from './metrics/information.ts';
export { connectedComponents, type Segmentation } from './metrics/labelling.ts';
export {
  MEASURES,
  OVERLAP_MEASURES,
  scoresBy,
  type Measure,
  type MeasureKey,
  type OverlapMeasureKey,
  type Scores,
} from './metrics/measures.ts';
export {
  addOverlap,
  overlapCounts,
  overlapScores,
  type OverlapCounts,
  type OverlapOptions,
  type OverlapScores,
} from './metrics/overlap.ts';
export { randScore, type PartitionScore } from './metrics/rand.ts';
export { CHALLENGE_THRESHOLDS } from './metrics/thresholds.ts';
export { warpingError, type WarpingOptions } from './metrics/warping.ts';
export { watershed } from './metrics/watershed.ts';
export { asTrained, stackNormalisations, type NormalisingModel } from './model/as-trained.ts';
export {
  parseModelCard,
  type ModelCard,
  type ModelStage,
  type OwnNormalisation,
  stageNamed,
  type Span,
  type TrainedGreyValues,
} from './model/card.ts';
export {
  fitGreyValues,
  fitImage,
  fitSection,
  fixedGreyOptions,
  greyDoubt,
  greyFault,
  type GreyModel,
} from './model/fit-grey-values.ts';
export { fitStack, type FitStackOptions } from './model/fit-stack.ts';
export {
  decidePixelSize,
  differs,
  isBelievable,
  knownPixelSize,
  PIXEL_SIZES,
  pixelText,
  resampledSize,
  TYPED_PIXEL_SIZES,
  type KnownPixelSizes,
  type PixelSides,
  type PixelSizeDecision,
} from './model/pixel-size.ts';
export { onnxInputShape } from './model/onnx-input.ts';
export { cutOnnx, type OnnxPart } from './model/cut-onnx.ts';
export { onnxFacts, type OnnxFacts, type Precision } from './model/onnx-graph.ts';
export { readModelCard, withModelCard } from './model/onnx-metadata.ts';
export { F43 } from './model/minimal-filtering.ts';
export { withWinograd } from './model/winograd.ts';
export { networkCost, type NetworkCost } from './network/cost.ts';
export { equaliseChannels } from './network/equalise-channels.ts';
export { foldLayers } from './network/fold.ts';
export { foldConcats } from './network/fold-concats.ts';
export { foldNorms, type FoldNormsOptions } from './network/fold-norms.ts';
export { foldUpsampling, type FoldUpsamplingOptions } from './network/fold-upsampling.ts';
export { inferenceForm } from './network/inference.ts';
export type { ActivationLayer } from './network/layers/activation.ts';
export type { AddLayer } from './network/layers/add.ts';
export type { BatchNormLayer } from './network/layers/batch-norm.ts';
export type { ClassProbabilityLayer } from './network/layers/class-probability.ts';
export type { ConcatLayer } from './network/layers/concat.ts';
export type { ConvLayer } from './network/layers/conv.ts';
export type { DropoutLayer } from './network/layers/dropout.ts';
export { layerInputs, type Layer, type LayerKind, type LayerOf } from './network/layers/index.ts';
export type { InputLayer } from './network/layers/input.ts';
export type { MaxPoolLayer } from './network/layers/max-pool.ts';
export type { LayerParameter, ParameterRole } from './network/layers/rules.ts';
export type { UpsampleLayer } from './network/layers/upsample.ts';
export type { UpsampleConvLayer } from './network/layers/upsample-conv.ts';
export { inputLayer, networkInputs, networkOutputs, outputLayer, type Network } from './network/network.ts';
export { networkParameters, parameterCount, type Parameter } from './network/parameters.ts';
export { receptiveField, type ReceptiveField } from './network/receptive-field.ts';
export { networkShapes, networkStride, type LayerShape } from './network/shapes.ts';
export { sigmoidHead, type ParameterValues } from './network/sigmoid-head.ts';
export { joinParts } from './network/join.ts';
export { networkPorts, splitAt, type InputPort, type PartEnd, type Port } from './network/split.ts';
export { networkStages } from './network/stages.ts';
export { ORIGINAL_FILTERS, unet, unetAboveDeepest, unetParts, unetWidths, type UnetOptions } from './network/unet.ts';
export { unetOptions } from './network/unet-options.ts';
export { variant, VARIANT_NAMES, VARIANTS, type VariantName, type VariantOptions } from './network/variants.ts';
export { requireOptionNames } from './option-names.ts';
export { cyclical, type CycleOptions, type CyclicalOptions, type Schedule } from './schedule/cyclical.ts';
export { expRange, type ExpRangeOptions } from './schedule/exp-range.ts';
export { schedule, SCHEDULE_POLICIES, type ScheduleOptions, type SchedulePolicy } from './schedule/policy.ts';
export { triangular } from './schedule/triangular.ts';
export { triangular2 } from './schedule/triangular2.ts';
export { averageOverSymmetries, symmetriesSide } from './tiling/average-symmetries.ts';
export { cheapestTiling, type CheapestTiling } from './tiling/cheapest.ts';
export { checkSegmentOptions } from './tiling/check-options.ts';
export { defaultTileSide } from './tiling/default-tile.ts';
export { nearestFirst, type ChooseTile, type TileOrder } from './tiling/order.ts';
export { padImage } from './tiling/pad.ts';
export { expansion, planTiles, type Tile, type TilePlan, type TilePlanOptions } from './tiling/plan.ts';
export { labelsPart, resampleLabels, type LabelsPart } from './resample/labels.ts';
export { resampleImage, type Rescaling, type Size } from './resample/region.ts';
export { regionToSegment, rowsBroughtBack } from './resample/rows.ts';
export { resampledStack } from './resample/stack.ts';
export { atPixelSize } from './tiling/at-pixel-size.ts';
export { segmentImage, segmentTiles, type Predict, type SegmentRun } from './tiling/segment.ts';
export { type Planes } from './tiling/map-rows.ts';
export type { SegmentedTile, Segmenter, SegmentOptions } from './tiling/segmenter.ts';
export {
  planStages,
  stagedExpansion,
  HELD_ACTIVATIONS,
  type StagePlan,
  type StagePlanOptions,
} from './tiling/plan-stages.ts';
export { largestActivation, mapBytes } from './tiling/staged-memory.ts';
export { segmentInStages, type RunStage, type StagedRun } from './tiling/stages.ts';
export { keptPart, placePart, stitchParts, stitchRows, type FinishedRows } from './tiling/stitch.ts';
export { requireRegionIn, windowOf } from './tiling/window.ts';
