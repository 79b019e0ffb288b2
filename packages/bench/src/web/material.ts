import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  asTrained,
  fitImage,
  InvalidModelError,
  normalise,
  type AppliedNormalisation,
  type GreyData,
  type ModelCard,
} from '@dilated-unet/core';
import { openModel } from '@dilated-unet/model-package/node';
import { openInitialModel, writeInferenceModel } from '@dilated-unet/trainer';
import { build, defaultClientConditions, type InlineConfig } from 'vite';
import { continuedImage } from '../continued-image.ts';

/** What the page is served from, and what the bench must know of it. */
export interface WebMaterial {
  readonly folder: string;
  readonly name: string;
  /** Of the package. */
  readonly sha256: string;
  readonly card: ModelCard;
  /** Of the image. */
  readonly dtype: 'uint8' | 'uint16' | 'float32';
  readonly normalisation: AppliedNormalisation;
}

export interface WebMaterialOptions {
  /** Package of ours, a zip. */
  readonly path: string;
  /** Side of the image, pixels. */
  readonly size: number;
  /** Form of the bare run: that which the package runs on this engine. */
  readonly engine: 'wasm' | 'webgpu';
  readonly folder: string;
}

/**
 * Writes what the page reads: the package, the form that runs as `model.onnx`, the same network as a graph-model, and the image
 * of the package's test continued by its mirror images, as grey values and as z-scores.
 *
 * @throws InvalidModelError when it is no package with a test and with weights.
 */
export async function writeWebMaterial({ path, size, engine, folder }: WebMaterialOptions): Promise<WebMaterial> {
  const model = await openModel(path);
  const { card, test, name, sha256 } = model;
  if (test === null) {
    throw new InvalidModelError(`${path} has no test, whose image is what is timed. Give the zip of a package.`);
  }
  await mkdir(folder, { recursive: true });
  await copyFile(path, join(folder, 'model.zip'));
  await writeFile(join(folder, 'model.onnx'), await model.formFor({ engine, precision: 'fp32' }).read());
  await writeInferenceModel(join(folder, 'graph-model'), await openInitialModel(path));
  const normalisation = fitImage(test.input, card, asTrained(card));
  const { data } = continuedImage(test.input, size);
  await writeFile(join(folder, 'image.bin'), data);
  await writeFile(join(folder, 'pixels.f32'), normalise(data, normalisation));
  return { folder, name, sha256, card, dtype: dtypeOf(data), normalisation };
}

/** How Vite builds and serves the page. */
export function benchPageConfig(folder: string): InlineConfig {
  return {
    configFile: false,
    root: fileURLToPath(new URL('../../page', import.meta.url)),
    base: './',
    logLevel: 'error',
    resolve: { conditions: ['@dilated-unet/source', ...defaultClientConditions] },
    worker: { format: 'es' },
    // TensorFlow.js starts its threads with the text of a function that names a variable outside of it.
    build: { outDir: folder, emptyOutDir: true, target: 'es2023', minify: false },
  };
}

/** Builds the page into `folder`, which is emptied first, with the WebAssembly of TensorFlow.js in `tfjs/`. */
export async function buildBenchPage(folder: string): Promise<void> {
  await build(benchPageConfig(folder));
  const tfjs = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json');
  const dist = join(dirname(tfjs), 'dist');
  await mkdir(join(folder, 'tfjs'));
  const modules = (await readdir(dist)).filter((name) => name.endsWith('.wasm'));
  await Promise.all(modules.map((name) => copyFile(join(dist, name), join(folder, 'tfjs', name))));
}

function dtypeOf(data: GreyData): WebMaterial['dtype'] {
  if (data instanceof Uint8Array) return 'uint8';
  return data instanceof Uint16Array ? 'uint16' : 'float32';
}
