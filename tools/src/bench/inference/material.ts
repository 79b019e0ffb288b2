import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  asTrained,
  fitImage,
  InvalidModelError,
  networkParameters,
  normalise,
  variant,
  VARIANT_NAMES,
  type GreyImage,
  type ModelCard,
  type Network,
  type VariantName,
} from '@dilated-unet/core';
import { writeFileAtomically } from '@dilated-unet/host';
import { type Engine, type Model, type StatedDeviation } from '@dilated-unet/model-package';
import { openModel } from '@dilated-unet/model-package/node';
import { openInitialModel, writeInferenceModel } from '@dilated-unet/trainer';
import { convertToOnnx } from '../../convert/convert.ts';
import { continuedImage } from '../continued-image.ts';

/** An ONNX file that is measured, and where. */
export interface MeasuredForm {
  /** As the line of its figure names it: `fp32`, `fp32-wasm`. */
  readonly name: string;
  readonly engine: BenchEngine;
  readonly model: string;
  readonly deviation: StatedDeviation | null;
}

export const BENCH_ENGINES = ['cpu', 'wasm'] as const satisfies readonly Engine[];
export type BenchEngine = (typeof BENCH_ENGINES)[number];

/** The files that the contestants read. */
export interface Material {
  readonly variant: VariantName;
  /** The trained network as it was before there were forms: converted, batch norms and all. */
  readonly plain: string;
  /** Float32, safetensors. */
  readonly weights: string;
  readonly forms: readonly MeasuredForm[];
  /** A file of z-scores of `size` x `size` pixels. */
  image(size: number): Promise<string>;
}

export interface MaterialOptions {
  /** Package of ours: a folder or a zip. */
  readonly path: string;
  /** Where the files go. */
  readonly folder: string;
  readonly engines: readonly BenchEngine[];
  /** Interpreter with tf2onnx. */
  readonly python: string;
  readonly signal: AbortSignal;
}

/** @throws InvalidModelError when the package is of a network that Keras and PyTorch are not written for. */
export async function writeMaterial({ path, folder, engines, python, signal }: MaterialOptions): Promise<Material> {
  const model = await openModel(path);
  const trained = await openInitialModel(path);
  const published = VARIANT_NAMES.find((one) => isVariant(trained.network, one));
  const { test } = model;
  if (published === undefined || test === null) {
    throw new InvalidModelError(
      `${path} cannot be measured: its network is ${trained.network.name ?? 'without a name'} of a width of its own, and those ` +
        `that are written for Keras and PyTorch are ${VARIANT_NAMES.join(', ')} as published. Give a package of one of them.`,
    );
  }
  await mkdir(folder, { recursive: true });
  const file = async (name: string, bytes: Uint8Array): Promise<string> => {
    const to = join(folder, name);
    await writeFileAtomically(to, bytes);
    return to;
  };
  const plain = join(folder, 'plain.onnx');
  const graphModel = await writeInferenceModel(join(folder, 'graph-model'), trained);
  await convertToOnnx({ graphModel, output: plain, card: model.card, python, env: process.env, signal });
  const forms: MeasuredForm[] = [];
  for (const engine of engines) {
    for (const form of formsFor(model, engine)) {
      const name = form.engine === null ? form.precision : `${form.precision}-${form.engine}`;
      const { deviation } = form;
      forms.push({ name, engine, model: await file(`${name}.onnx`, await form.read()), deviation });
    }
  }
  const weights = await file('weights.safetensors', (await model.weights()) as Uint8Array);
  return {
    variant: published,
    plain,
    weights,
    forms,
    async image(size) {
      const to = join(folder, `image-${size}.f32`);
      await writeFile(to, zScores(test.input, size, model.card));
      return to;
    },
  };
}

/** Whether `network` has the parameters of the published variant: another width has others. */
function isVariant(network: Network, name: VariantName): boolean {
  const shapes = (of: Network): string => JSON.stringify(networkParameters(of));
  return network.name === name && shapes(network) === shapes(variant(name));
}

/** The form that a runtime takes on `engine`, for each precision that the package has. fp16 is for GPUs. */
function formsFor(model: Model, engine: BenchEngine): ReturnType<Model['formFor']>[] {
  const precisions = (['fp32', 'int8'] as const).filter((one) =>
    model.forms.some(({ precision }) => precision === one),
  );
  return precisions.map((precision) => model.formFor({ engine, precision }));
}

/** The image of the package's test, continued to `size` x `size` pixels, as z-scores. */
function zScores(image: GreyImage, size: number, card: ModelCard): Float32Array<ArrayBuffer> {
  const normalisation = fitImage(image, card, asTrained(card));
  return normalise(continuedImage(image, size).data, normalisation);
}
