import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  fitImage,
  InvalidImageError,
  InvalidModelError,
  normalise,
  section,
  type GreyStack,
  type ModelCard,
} from '@dilated-unet/core';
import { hasIntegerInstructions, type OnProgress } from '@dilated-unet/host';
import type { Model } from '@dilated-unet/model-package';
import { openModel } from '@dilated-unet/model-package/node';
import { WHOLE_IMAGE_PIXELS } from '@dilated-unet/runtime-node';
import { readStack } from '@dilated-unet/stacks/node';
import { openInitialModel } from '@dilated-unet/trainer';
import type { Pythons } from '../peers.ts';
import type { InferenceContestant } from '../inference/contestants.ts';
import { publishedVariant, writeForms, writeWeights } from '../inference/material.ts';
import { measureInference } from '../inference/measure.ts';
import type { InferenceImages } from '../inference/task.ts';
import { ourContestants, peerContestants } from './contestants.ts';
import { stackLine } from './line.ts';

export interface StackBenchOptions {
  /** Package or ONNX file. */
  readonly model: string;
  /** The stack. */
  readonly input: string;
  readonly rounds: number;
  readonly threads: number;
  /** The interpreters of the peers, which are not measured where it is null. */
  readonly pythons: (() => Promise<Pythons>) | null;
  /** Is given one figure after the other. */
  readonly figure: (line: object) => void;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/**
 * Times the command on a stack beside its peers.
 *
 * @throws InvalidImageError when its sections are not run in one piece; InvalidModelError when the peers are not written for the
 *   network, or a contestant computes another one.
 */
export async function benchStack(options: StackBenchOptions): Promise<void> {
  const { model: path, input, rounds, threads, pythons, figure, onProgress, signal } = options;
  const model = await openModel(path);
  const stack = await readStack(input);
  requireWhole(stack, model.card, input);
  const folder = await mkdtemp(join(tmpdir(), 'dilated-unet-bench-'));
  try {
    const forms = await writeForms(model, ['cpu'], folder);
    if (!forms.some(({ precision }) => precision === 'fp32')) {
      throw new InvalidModelError(`${path} has no form in float32, beside which all is measured. Give a package.`);
    }
    const isQuick = hasIntegerInstructions();
    const measuredForms = forms.filter(({ precision }) => precision === 'fp32' || isQuick);
    const ours = ourContestants(measuredForms, { model: path, input, pixelSize: model.card.pixelSize, folder });
    const peers = pythons === null ? [] : await peersOf(model, path, folder, pythons);
    const images = await writeZScores(stack, model.card, folder);
    const measuring = { images, folder, rounds, runs: 1, threads, onProgress, signal };
    const measured = await measureInference([...ours, ...peers], measuring);
    const facts = { model: model.name, modelSha256: model.sha256, input: basename(input), threads };
    for (const one of measured) figure({ ...stackLine(one, measured, images), ...facts });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function peersOf(
  model: Model,
  path: string,
  folder: string,
  pythons: () => Promise<Pythons>,
): Promise<readonly InferenceContestant[]> {
  // Before the environment, which may take minutes to make.
  const variant = publishedVariant((await openInitialModel(path)).network, path);
  const weights = await writeWeights(model, folder);
  return peerContestants(await pythons(), { variant, weights }, model.card);
}

/** Whether ONNX Runtime alone takes a section as it is, and the command in one piece. */
function requireWhole({ width, height }: GreyStack, { stride }: ModelCard, input: string): void {
  if (width % stride === 0 && height % stride === 0 && width * height <= WHOLE_IMAGE_PIXELS) return;
  const side = Math.sqrt(WHOLE_IMAGE_PIXELS);
  throw new InvalidImageError(
    `${input} has sections of ${width} x ${height}. To be measured, a section must have up to ${side} x ${side} pixels, and sides ` +
      `that are multiples of ${stride}. Give another stack.`,
  );
}

/** What ONNX Runtime and the peers are given. */
async function writeZScores(stack: GreyStack, card: ModelCard, folder: string): Promise<InferenceImages> {
  const { depth, height, width } = stack;
  const pixels = new Float32Array(depth * height * width);
  for (let z = 0; z < depth; z++) {
    const image = section(stack, z);
    pixels.set(normalise(image.data, fitImage(image, card, { normalise: 'section' })), z * height * width);
  }
  const images = join(folder, 'sections.f32');
  await writeFile(images, new Uint8Array(pixels.buffer));
  return { images, depth, height, width };
}
