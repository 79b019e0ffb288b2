import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { EnvironmentError } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import { runKeras, type KerasEpoch } from '../../src/keras-original/keras-run.ts';
import { setUpPaths } from '@dilated-unet/tools';

const cli = [fileURLToPath(new URL('../../bin/run.js', import.meta.url)), 'keras-original'] as const;
const { python } = setUpPaths();
const run = {
  variant: 'unet',
  epochs: 2,
  stepsPerEpoch: 2,
  validationSteps: 1,
  batchSize: 1,
  window: 32,
  seed: 1,
} as const;

/** Sections with a bright inside and a dark rim. */
function stacks(depth: number, side = 24) {
  const size = { width: side, height: side, depth };
  const labels = Uint8Array.from({ length: depth * side * side }, (_, i) =>
    i % side < 3 || (i / side) % side < 3 ? 0 : 1,
  );
  return {
    images: { ...size, data: Uint16Array.from(labels, (label, i) => 900 * label + (i % 97)) },
    labels: { ...size, data: labels },
  };
}

describe('the original in Keras', () => {
  it('trains in epochs: the rate moves after each batch, windows cross the seams', async () => {
    const told: KerasEpoch[] = [];
    // A montage of 48 x 48: no window of 32 fits into a section.
    const epochs = await runKeras(run, stacks(4), { python, onEpoch: (epoch) => told.push(epoch) });
    expect(told).toEqual(epochs);
    expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2]);
    // Steps 2 and 4 of a ramp of 2000.
    expect(epochs[0]?.rate).toBeCloseTo(1e-5 + (1e-2 - 1e-5) / 2000, 12);
    expect(epochs[1]?.rate).toBeCloseTo(1e-5 + (3 * (1e-2 - 1e-5)) / 2000, 12);
    for (const { loss, dice, valLoss, valDice, stepMs } of epochs) {
      for (const value of [loss, valLoss, stepMs]) expect(value).toBeGreaterThan(0);
      for (const value of [dice, valDice]) {
        expect(value).toBeGreaterThan(0.2);
        expect(value).toBeLessThan(1);
      }
    }
  });

  it('says what Python said where it cannot', async () => {
    const failed = runKeras(run, stacks(5), { python });
    await expect(failed).rejects.toThrow(EnvironmentError);
    await expect(failed).rejects.toThrow(/0 of 2 epochs \(exit status 1\):[^]*5 sections fill no rectangle/);
  });
});

describe('pipeline:keras-original', () => {
  it('teaches in --help', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [...cli, '--help']);
    expect(stdout).toContain(
      'npx nx run pipeline:keras-original --data path/to/isbi-2012 --epochs 10 --out keras-original.jsonl',
    );
  });

  it.each([
    [['--window', '100'], 'It must be an integer of at least 8 and a multiple of 8.'],
    [['--epochs', '0'], 'It must be an integer of at least 1.'],
    [['--variant', 'vnet'], 'Allowed choices are unet, dilated-unet, unet-a, dilated-unet-a.'],
    [['--data', 'nowhere'], 'nowhere'],
    [['--label-kind', 'membrane'], '--label-kind must be auto or interior with the built-in phantom'],
    [['--out', 'no/such/folder.jsonl'], '--out must be in a folder that exists'],
  ])('refuses %j', async (flags, message) => {
    const failed = promisify(execFile)(process.execPath, [...cli, ...flags]);
    await expect(failed).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining(message) as string });
  });
});
