import { execFile } from 'node:child_process';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { VariantName } from '@dilated-unet/core';
import type { Tensors } from '../../src/model/weights.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
/** The interpreter of the environment that `nx run tools:setup` makes. */
export const PYTHON = join(ROOT, '.venv-tools/bin/python');

/** Path of a script in tools/python. */
export const pythonScript = (name: string): string => join(ROOT, 'tools/python', name);
const SCRIPT = pythonScript('keras_reference.py');

/** What tools/python/keras_reference.py writes; see its --help. */
export interface KerasReference {
  /** Tensors of one set (`initial`, `gradient`, `final`, `batch/0`), by parameter. */
  set(name: string): Tensors;
  readonly prediction: Float32Array;
  readonly losses: readonly number[];
  readonly dice: readonly number[];
  readonly rates: readonly number[];
}

export interface KerasOptions {
  readonly variant: VariantName;
  readonly size: number;
  readonly batch: number;
  readonly steps: number;
  /** Further flags of the script. */
  readonly flags?: readonly string[];
}

interface Manifest {
  readonly tensors: readonly { readonly name: string; readonly shape: readonly number[]; readonly offset: number }[];
  readonly losses: readonly number[];
  readonly dice: readonly number[];
  readonly rates: readonly number[];
}

/** Runs Keras and reads what it wrote. */
export async function kerasReference({
  variant,
  size,
  batch,
  steps,
  flags = [],
}: KerasOptions): Promise<KerasReference> {
  await access(PYTHON).catch(() => {
    throw new Error(`There is no ${PYTHON}. Run \`npx nx run tools:setup\`.`);
  });
  const folder = await mkdtemp(join(tmpdir(), 'dilated-unet-keras-'));
  try {
    const out = join(folder, 'reference');
    const numbers = ['--size', size, '--batch', batch, '--steps', steps].map(String);
    await promisify(execFile)(PYTHON, [SCRIPT, '--variant', variant, ...numbers, '--out', out, ...flags], {
      env: { ...process.env, TF_ENABLE_ONEDNN_OPTS: '1' },
    });
    const manifest = JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8')) as Manifest;
    const bytes = await readFile(join(out, 'tensors.bin'));
    const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    const tensor = (offset: number, shape: readonly number[]): Float32Array =>
      values.subarray(offset, offset + shape.reduce((product, side) => product * side, 1));
    const { tensors, losses, dice, rates } = manifest;
    const prediction = tensors.find(({ name }) => name === 'prediction');
    return {
      set: (set) =>
        new Map(
          tensors.flatMap(({ name, shape, offset }) =>
            name.startsWith(`${set}/`)
              ? [[name.slice(set.length + 1), { shape, data: tensor(offset, shape) }] as const]
              : [],
          ),
        ),
      prediction: prediction === undefined ? new Float32Array() : tensor(prediction.offset, prediction.shape),
      losses,
      dice,
      rates,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
