import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnvironmentError, type GreyStack, type VariantName } from '@dilated-unet/core';
import { runProcess } from '@dilated-unet/host';
import { pythonScript } from '@dilated-unet/tools';

/** One run of the original's protocol in Keras. */
export interface KerasRun {
  readonly variant: VariantName;
  readonly epochs: number;
  /** Source of 10: the original. */
  readonly stepsPerEpoch: number;
  /** Source of 10: the original. */
  readonly validationSteps: number;
  /** Source of 3: the original. */
  readonly batchSize: number;
  /** Side of a window, pixels, a multiple of 8. Source of 512: the original. */
  readonly window: number;
  /** Of weights, dropout, montages and windows. */
  readonly seed: number;
}

/** What an epoch gave: see tools/python/keras_original.py. */
export interface KerasEpoch {
  readonly epoch: number;
  readonly loss: number;
  readonly dice: number;
  readonly valLoss: number;
  readonly valDice: number;
  readonly rate: number;
  readonly stepMs: number;
}

/** The stacks of a run. */
export interface KerasData {
  /** Raw grey values; axes z, y, x. */
  readonly images: GreyStack;
  /** 1 interior, 0 membrane; of the same size. */
  readonly labels: GreyStack<Uint8Array>;
}

export interface KerasRunOptions {
  /** The interpreter of the tools' Python environment. */
  readonly python: string;
  readonly onEpoch?: (epoch: KerasEpoch) => void;
  readonly signal?: AbortSignal;
}

const SCRIPT = pythonScript('keras_original.py');
const DTYPES = { Uint8Array: 'u1', Uint16Array: '<u2', Float32Array: '<f4' } as const;

/**
 * Trains the network as the original did, in Keras, as it comes from its package.
 *
 * @returns one entry per epoch.
 * @throws EnvironmentError with what Python said, when it does not get to the end.
 */
export async function runKeras(
  run: KerasRun,
  data: KerasData,
  options: KerasRunOptions,
): Promise<readonly KerasEpoch[]> {
  const { python, onEpoch, signal } = options;
  const { images, labels } = data;
  const folder = await mkdtemp(join(tmpdir(), 'dilated-unet-keras-'));
  const epochs: KerasEpoch[] = [];
  try {
    const paths = { images: join(folder, 'images.raw'), labels: join(folder, 'labels.raw') };
    await writeFile(paths.images, images.data);
    await writeFile(paths.labels, labels.data);
    const shape = [images.depth, images.height, images.width];
    const task = { ...run, ...paths, dtype: DTYPES[images.data[Symbol.toStringTag]], shape };
    const { code, output } = await runProcess(python, [SCRIPT, JSON.stringify(task)], {
      // Where TensorFlow leaves oneDNN off, Keras cannot train dilated convolutions on a CPU.
      env: { ...process.env, TF_ENABLE_ONEDNN_OPTS: '1' },
      signal,
      onLine: (line) => {
        if (!line.startsWith('{"epoch"')) return;
        const epoch = JSON.parse(line) as KerasEpoch;
        epochs.push(epoch);
        onEpoch?.(epoch);
      },
    });
    if (code !== 0 || epochs.length !== run.epochs) {
      const how = code === null ? 'it was killed, most likely for memory' : `exit status ${code}`;
      throw new EnvironmentError(
        `Keras did ${epochs.length} of ${run.epochs} epochs (${how}):\n${output.slice(-2000)}`,
      );
    }
    return epochs;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
