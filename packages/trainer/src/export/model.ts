import { join } from 'node:path';
import {
  inferenceForm,
  networkCost,
  networkStages,
  networkStride,
  receptiveField,
  type ModelCard,
  type Network,
  type Normalisation,
  type OwnNormalisation,
  type ParameterValues,
  type PixelSides,
  type TrainedGreyValues,
} from '@dilated-unet/core';
import { writeJsonFile } from '@dilated-unet/host';
import { writeGraphModel } from './graph-model.ts';
import { INPUT, OUTPUT, writeInferenceGraph } from './inference-graph.ts';
import { writeWeights, type TrainedNetwork } from './weights.ts';

export interface ExportModelOptions {
  readonly network: Network;
  /** All parameters of `network`; more (optimizer slots) does no harm. */
  readonly weights: ParameterValues;
  /** Of the training sections. */
  readonly normalisation: Normalisation;
  /** @default undefined: images are normalised by that of the training sections */
  readonly normalise?: OwnNormalisation | undefined;
  /** Of the training. @default unknown, and runtimes do not recognise a negative */
  readonly greyValues?: TrainedGreyValues;
  /** Pixels of the training sections, nanometres. @default null: unknown, and images of other pixels are not resampled */
  readonly pixelSize?: PixelSides | null;
  /** Folder, made where it is missing. */
  readonly directory: string;
}

/** Paths of an exported model. */
export interface ExportedModel {
  /** tfjs graph-model: `model.json`, beside its shards. */
  readonly graphModel: string;
  /** The model card, JSON. */
  readonly card: string;
  /** The network with its parameters, see `readWeights`. */
  readonly weights: string;
}

/** Exports a trained network as a tfjs graph-model with its card, for `tf.loadGraphModel` and for tf2onnx, and its parameters. */
export async function exportModel(options: ExportModelOptions): Promise<ExportedModel> {
  const { network, weights, directory } = options;
  const graphModel = await writeInferenceModel(directory, { network, weights });
  const card = join(directory, 'card.json');
  await writeJsonFile(card, modelCard(network, options));
  const file = join(directory, 'weights.safetensors');
  await writeWeights(file, { network, weights });
  return { graphModel, card, weights: file };
}

/**
 * Writes a trained network, or an inference form of one, as a tfjs graph-model.
 *
 * @returns path of its `model.json`.
 */
export async function writeInferenceModel(directory: string, { network, weights }: TrainedNetwork): Promise<string> {
  return writeGraphModel(directory, writeInferenceGraph(network, weights));
}

/** What a runtime must know of an exported `network` beside its graph. */
export function modelCard(
  network: Network,
  {
    normalisation,
    normalise,
    greyValues,
    pixelSize,
  }: Pick<ExportModelOptions, 'normalisation' | 'normalise' | 'greyValues' | 'pixelSize'>,
): ModelCard {
  const stride = networkStride(network);
  const { largestActivationBytes } = networkCost(inferenceForm(network), { height: stride, width: stride });
  return {
    format: normalise === undefined ? 2 : 3,
    name: network.name,
    input: INPUT,
    output: OUTPUT,
    stride,
    receptiveFieldRadius: receptiveField(network).radius,
    largestActivationBytes: largestActivationBytes / stride ** 2,
    normalisation,
    ...(normalise && { normalise }),
    ...(greyValues && { greyValues }),
    ...(pixelSize && { pixelSize }),
    ...networkStages(inferenceForm(network)),
  };
}
