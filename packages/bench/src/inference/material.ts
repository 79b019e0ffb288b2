import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  asTrained,
  fitImage,
  InvalidModelError,
  networkParameters,
  normalise,
  variant as variantNetwork,
  VARIANT_NAMES,
  type GreyImage,
  type ModelCard,
  type Network,
  type Precision,
  type VariantName,
} from '@dilated-unet/core';
import { writeFileAtomically } from '@dilated-unet/host';
import { type Engine, type Model, type StatedDeviation } from '@dilated-unet/model-package';
import { openModel } from '@dilated-unet/model-package/node';
import { convertToOnnx } from '@dilated-unet/tools';
import { openInitialModel, writeInferenceModel } from '@dilated-unet/trainer';
import { continuedImage } from '../continued-image.ts';
import type { InferenceImages } from './task.ts';

/** An ONNX file that is measured, and where. */
export interface MeasuredForm {
  /** As the line of its figure names it: `fp32`, `fp32-wasm`. */
  readonly name: string;
  readonly engine: BenchEngine;
  readonly precision: Precision;
  readonly model: string;
  readonly deviation: StatedDeviation | null;
}

export const BENCH_ENGINES = ['cpu', 'wasm'] as const satisfies readonly Engine[];
export type BenchEngine = (typeof BENCH_ENGINES)[number];

/** The files that the contestants read. */
export interface Material {
  /** null where the network is none of the published ones, for which alone Keras and PyTorch are written. */
  readonly variant: VariantName | null;
  /** Float32, safetensors. */
  readonly weights: string;
  /** The trained network as it was before there were forms: converted, batch norms and all. */
  readonly plain: string;
  readonly forms: readonly MeasuredForm[];
  /** An image of `size` x `size` pixels. */
  image(size: number): Promise<InferenceImages>;
}

export interface MaterialOptions {
  /** Package of ours: a folder or a zip. */
  readonly path: string;
  /** Where the files go. */
  readonly folder: string;
  readonly engines: readonly BenchEngine[];
  /** Whether Keras and PyTorch take part. */
  readonly hasPeers: boolean;
  /** Interpreter with tf2onnx. */
  readonly python: string;
  readonly signal: AbortSignal;
}

/** @throws InvalidModelError when Keras and PyTorch take part, and the package is of a network that they are not written for. */
export async function writeMaterial(options: MaterialOptions): Promise<Material> {
  const { path, folder, engines, hasPeers, python, signal } = options;
  const model = await openModel(path);
  const trained = await openInitialModel(path);
  const variant = hasPeers ? publishedVariant(trained.network, path) : variantOf(trained.network);
  const { test } = model;
  if (test === null) throw new InvalidModelError(`${path} cannot be measured: it has no test. Give a package.`);
  await mkdir(folder, { recursive: true });
  const plain = join(folder, 'plain.onnx');
  const graphModel = await writeInferenceModel(join(folder, 'graph-model'), trained);
  await convertToOnnx({ graphModel, output: plain, card: model.card, python, env: process.env, signal });
  return {
    variant,
    plain,
    weights: await writeWeights(model, folder),
    forms: await writeForms(model, engines, folder),
    async image(size) {
      const images = join(folder, `image-${size}.f32`);
      await writeFile(images, zScores(test.input, size, model.card));
      return { images, depth: 1, height: size, width: size };
    },
  };
}

/** The form that a runtime takes on each of `engines`, for each precision that the package has. fp16 is for GPUs. */
export async function writeForms(
  model: Model,
  engines: readonly BenchEngine[],
  folder: string,
): Promise<readonly MeasuredForm[]> {
  const precisions = (['fp32', 'int8'] as const).filter((one) =>
    model.forms.some(({ precision }) => precision === one),
  );
  const forms: MeasuredForm[] = [];
  for (const engine of engines) {
    for (const precision of precisions) {
      const form = model.formFor({ engine, precision });
      const name = form.engine === null ? precision : `${precision}-${form.engine}`;
      const to = join(folder, `${name}.onnx`);
      await writeFileAtomically(to, await form.read());
      forms.push({ name, engine, precision, model: to, deviation: form.deviation });
    }
  }
  return forms;
}

/** The weights of a package, as a file in `folder`. */
export async function writeWeights(model: Model, folder: string): Promise<string> {
  const to = join(folder, 'weights.safetensors');
  await writeFileAtomically(to, (await model.weights()) as Uint8Array);
  return to;
}

/** The variant that `network` is. @throws InvalidModelError when Keras and PyTorch are not written for it. */
export function publishedVariant(network: Network, path: string): VariantName {
  const published = variantOf(network);
  if (published !== null) return published;
  throw new InvalidModelError(
    `${path} cannot be measured beside Keras and PyTorch: its network is ${network.name ?? 'without a name'} of a width of its ` +
      `own, and those that are written for them are ${VARIANT_NAMES.join(', ')} as published. Give a package of one of these, ` +
      'or leave the two out with --no-peers.',
  );
}

/** The published variant that has the name and the parameters of `network`: another width has others. */
function variantOf(network: Network): VariantName | null {
  const shapes = (of: Network): string => JSON.stringify(networkParameters(of));
  return (
    VARIANT_NAMES.find((name) => network.name === name && shapes(network) === shapes(variantNetwork(name))) ?? null
  );
}

/** The image of the package's test, continued to `size` x `size` pixels, as z-scores. */
function zScores(image: GreyImage, size: number, card: ModelCard): Float32Array<ArrayBuffer> {
  const normalisation = fitImage(image, card, asTrained(card));
  return normalise(continuedImage(image, size).data, normalisation);
}
