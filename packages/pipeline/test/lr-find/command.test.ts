import { execFile } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { lrFindRequest, parseLrFind } from '../../src/commands/lr-find.ts';
import type { LrFindRequest } from '../../src/lr-find/find-rates.ts';
import { temporaryFolder } from '../../../host/test/support/temporary.ts';

const cli = [fileURLToPath(new URL('../../bin/run.js', import.meta.url)), 'lr-find'] as const;

async function request(...argv: string[]): Promise<LrFindRequest> {
  const parsed = parseLrFind(argv);
  if (parsed.kind !== 'run') throw new Error('Help instead of a test.');
  return lrFindRequest(parsed, { cwd: '/here', now: new Date(2026, 0, 2, 3, 4, 5) });
}

describe('the flags of lr-find', () => {
  it('without any: the phantom as it is trained on, a hundred rates', async () => {
    const { config, ...rest } = await request();
    expect(config).toMatchObject({ data: { kind: 'phantom' }, window: 128, batchSize: 2, network: { name: 'unet' } });
    expect(rest).toEqual({
      sweep: { minRate: 1e-6, maxRate: 1, steps: 100, spacing: 'exponential' },
      out: '/here/runs/lr-find-unet-20260102-030405',
      requireGpu: false,
    });
  });

  it('say the rates, and all that a step of the training depends on', async () => {
    const rates = ['--from', '1e-5', '--to', '0.1', '--steps', '60', '--spacing', 'linear'];
    const training = ['--window', '256', '--batch-size', '4', '--augmentation', 'noise', '--seed', '7'];
    const folder = temporaryFolder();
    const [images, labels] = [join(folder, 'train-volume.tif'), join(folder, 'train-labels.tif')];
    for (const path of [images, labels]) await writeFile(path, '');
    const run = [
      '--data',
      folder,
      '--variant',
      'unet-a',
      '--preset',
      'isbi-quick',
      '--out',
      'o',
      '--gpu',
      '1',
      '--require-gpu',
    ];
    const { config, ...rest } = await request(...rates, ...training, ...run);
    expect(rest).toEqual({
      sweep: { minRate: 1e-5, maxRate: 0.1, steps: 60, spacing: 'linear' },
      out: '/here/o',
      requireGpu: true,
      gpu: '1',
    });
    expect(config).toMatchObject({ window: 256, batchSize: 4, seed: 7, network: { name: 'unet-a' } });
    expect(config.data).toEqual({ kind: 'stacks', images, labels });
    expect(Object.keys(config.augmentation)).toEqual(['noise']);
  });

  it('say what windows are cut from, how they are read, and what is dropped', async () => {
    const folder = temporaryFolder();
    for (const name of ['train-volume.tif', 'train-labels.tif']) await writeFile(join(folder, name), '');
    const data = ['--data', folder];
    const montage = ['--sampling', 'montage', '--hold-out', '0'];
    await expect(request(...data, ...montage)).rejects.toThrow('registerLabels must be off');
    const { config } = await request(...data, ...montage, '--no-register-labels', '--dropout', '0.1');
    expect(config).toMatchObject({ sampling: 'montage', registerLabels: false, network: { dropout: 0.1 } });
    expect((await request('--normalise', 'section', '--register-labels')).config).toMatchObject({
      normalise: 'section',
      registerLabels: true,
    });
  });

  it.each(['--lr', '--max_lr', '--epochs', '--resume', '--calibration-windows', '--patience'])(
    'have no %s, which would do nothing',
    async (flag) => {
      await expect(request(flag, '1')).rejects.toThrow(`Unknown option '${flag}'`);
    },
  );
});

describe('trainer:lr-find', () => {
  const run = async (cwd: string, ...flags: string[]) => {
    const env = { ...process.env, INIT_CWD: cwd };
    return promisify(execFile)(process.execPath, [...cli, ...flags], { env });
  };

  it('teaches in --help', async () => {
    const { stdout } = await run('.', '--help');
    expect(stdout).toContain('Usage: npx nx run trainer:lr-find [flags]');
    expect(stdout).toContain('npx nx run trainer:lr-find --data path/to/stack --variant dilated-unet');
  });

  it.each([
    [['--to', '1e-7'], '--to must be above the first rate, 0.000001; received 1e-7.'],
    [['--steps', '3'], '--steps must be an integer of at least 30; received 3.'],
    [['--window', '100'], '--window must be a multiple of 8; received 100.'],
  ])('%j: one message, exit status 1, nothing made', async (flags, message) => {
    const folder = temporaryFolder();
    await expect(run(folder, ...flags)).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(message) as string,
    });
    expect(await readdir(folder)).toEqual([]);
  });
});
