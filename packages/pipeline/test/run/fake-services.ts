import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { section, withModelCard, type GreyStack, type ModelCard } from '@dilated-unet/core';
import { createSegmenter } from '@dilated-unet/runtime-node';
import { encodeTiffStack } from '@dilated-unet/stacks';
import type { TrainConfig, TrainResult } from '@dilated-unet/trainer';
import type { Services } from '../../src/run/services.ts';

/** A small U-net of random weights, as ONNX. */
const MODEL = resolve(import.meta.dirname, '../../../runtime-node/test/fixtures/tiny-unet.onnx');

const CARD: ModelCard = {
  format: 2,
  largestActivationBytes: 264,
  name: 'unet',
  input: 'image',
  output: 'interior',
  stride: 8,
  receptiveFieldRadius: 90,
  normalisation: { mean: 150, std: 40 },
};

const HELD_OUT_SCORES = {
  interiorDice: 0.95,
  membraneDice: 0.8,
  interiorIou: 0.9,
  membraneIou: 0.7,
  precision: 0.97,
  recall: 0.93,
};

/** What "the trainer" finds where labels are to be registered. */
export const LABEL_OFFSET = { y: -0.5, x: 1.25, correlation: 0.6 };

const VALIDATION = { loss: 0.2, softDice: 0.94 };

/** Dark rings on a bright ground, and the labels that go with them: 255 interior, 0 ring. */
export function rings(depth: number, width = 64, height = 48): { images: GreyStack; labels: GreyStack } {
  const images = new Uint8Array(depth * width * height);
  const labels = new Uint8Array(images.length);
  for (let i = 0; i < images.length; i++) {
    const [x, y] = [i % width, Math.floor(i / width) % height];
    const membrane = Math.abs((Math.hypot((x % 24) - 12, (y % 24) - 12) % 12) - 9) < 1.5;
    images[i] = (membrane ? 60 : 190) + ((i * 7919) % 23);
    labels[i] = membrane ? 0 : 255;
  }
  const size = { width, height, depth };
  return { images: { ...size, data: images }, labels: { ...size, data: labels } };
}

export async function writeStackFile(path: string, stack: GreyStack): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, await encodeTiffStack(stack));
  return path;
}

const model = async (): Promise<Uint8Array> => withModelCard(await readFile(MODEL), CARD);

/** How far "TensorFlow" is from the ONNX model. */
export const DIFFERENCE = 2 ** -18;

/** What the model gives, a little changed at one pixel of the first section. */
async function predicted(images: GreyStack): Promise<GreyStack> {
  const segmenter = await createSegmenter({ model: await model(), device: 'cpu', threads: 1 });
  const data = new Float32Array(images.data.length);
  for (let z = 0; z < images.depth; z++) {
    data.set((await segmenter.segmentWhole(section(images, z))).data, z * images.width * images.height);
  }
  await segmenter.dispose();
  data[7] = (data[7] as number) + DIFFERENCE;
  return { ...images, data };
}

/** Trains nothing, but leaves and tells what the trainer does; converts by copying a model; segments in earnest. */
export function fakeServices(changes: Partial<Services> = {}): Services {
  return { train: fakeTrain, convert: fakeConvert, loadSegmenter, ...changes };
}

const loadSegmenter: Services['loadSegmenter'] = (model) => createSegmenter({ model, device: 'cpu', threads: 1 });

const fakeConvert: Services['convert'] = async ({ output }) => {
  await writeFile(output, await model());
  return { tf2onnx: '1.17.0' };
};

const fakeTrain: Services['train'] = async (asked, { out, onEvent }) => {
  const config = asked.labelKind === 'auto' ? { ...asked, labelKind: 'interior' as const } : asked;
  const device = { kind: 'cpu', name: 'test processor, 2 threads', tensorflow: '2.21.0' } as const;
  onEvent?.({ type: 'device', device });
  onEvent?.({ type: 'stage', stage: 'building the training graph' });
  const steps = config.epochs * config.stepsPerEpoch;
  for (let step = 1; step <= steps; step++) {
    const epoch = Math.ceil(step / config.stepsPerEpoch);
    const numbers = {
      loss: 1 / step,
      softDice: 1 - 1 / (step + 1),
      rate: config.schedule.baseRate,
      secondsPerStep: 0.5,
    };
    onEvent?.({ type: 'step', step, steps, epoch, epochs: config.epochs, ...numbers });
  }
  if (config.holdOut > 0) {
    onEvent?.({ type: 'evaluated', epoch: config.epochs, validation: VALIDATION, scores: HELD_OUT_SCORES, best: true });
  }
  const result = await leaveFiles(config, out, device);
  onEvent?.({ type: 'done', result });
  return result;
};

async function leaveFiles(config: TrainConfig, out: string, device: TrainResult['device']): Promise<TrainResult> {
  const put = async (name: string, text: string): Promise<string> => {
    await mkdir(dirname(join(out, name)), { recursive: true });
    await writeFile(join(out, name), text);
    return join(out, name);
  };
  await put('config.json', JSON.stringify(config));
  const heldOut = config.holdOut > 0;
  const { images, labels } = rings(Math.max(config.holdOut, 1));
  const folder = join(out, heldOut ? 'held-out' : 'reference');
  const reference = {
    folder,
    images: await writeStackFile(join(folder, 'images.tif'), images),
    labels: heldOut ? await writeStackFile(join(folder, 'labels.tif'), labels) : null,
    probabilities: await writeStackFile(join(folder, 'tensorflow-probabilities.tif'), await predicted(images)),
  };
  return {
    config,
    device,
    parameters: 2_772_816,
    epochs: config.epochs,
    steps: config.epochs * config.stepsPerEpoch,
    stepMs: 500,
    training: { loss: 0.15, softDice: 0.96 },
    validation: heldOut || config.sampling === 'montage' ? VALIDATION : null,
    trainingSeconds: 12.5,
    waitingShare: 0.001,
    peakRssBytes: 1e9,
    stacks: [
      {
        name: null,
        sections: { trained: 4, heldOut: config.holdOut },
        share: 1,
        normalisation: CARD.normalisation,
        labelKind: 'interior',
        boundaryWidth: null,
        labelOffset: config.registerLabels ? LABEL_OFFSET : null,
        validation: heldOut ? VALIDATION : null,
        reference,
      },
    ],
    warnings: [],
    files: {
      graphModel: await put('graph-model/model.json', '{}'),
      card: await put('graph-model/card.json', '{}'),
      weights: await put('graph-model/weights.safetensors', ''),
      lastCheckpoint: await put('checkpoints/last.safetensors', 'last weights'),
      bestCheckpoint: heldOut ? await put('checkpoints/best.safetensors', 'best weights') : null,
      log: await put('log.csv', logOf(config)),
    },
  };
}

/** A row per epoch, the last one evaluated. */
function logOf({ epochs, schedule, holdOut }: TrainConfig): string {
  const always = { loss: 0.15, softDice: 0.96, rate: schedule.baseRate, stepMs: 500 };
  const atTheEnd = [
    ...Object.entries(VALIDATION).map(([name, value]) => [`validation.${name}`, value] as const),
    ...Object.entries(HELD_OUT_SCORES).map(([name, value]) => [`heldOut.${name}`, holdOut > 0 ? value : ''] as const),
  ];
  const row = (epoch: number): string =>
    [epoch, ...Object.values(always), ...atTheEnd.map(([, value]) => (epoch < epochs ? '' : value))].join(',');
  const header = ['epoch', ...Object.keys(always), ...atTheEnd.map(([name]) => name)].join(',');
  const rows = Array.from({ length: epochs }, (_, i) => row(i + 1));
  return [header, ...rows, ''].join('\n');
}
