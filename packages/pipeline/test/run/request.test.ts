import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseTrain, trainFlagOf, trainRequest } from '../../src/commands/train.ts';
import { inFlags } from '../support/in-flags.ts';
import { writeTrainedModel } from '../support/trained-model.ts';
import type { RunRequest } from '../../src/run/run-pipeline.ts';

const now = new Date(2026, 0, 2, 3, 4, 5);
let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'request-'));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

function request(...argv: string[]): Promise<RunRequest> {
  const parsed = parseTrain(argv);
  if (parsed.kind !== 'run') throw new Error('Help instead of a run.');
  return inFlags(trainFlagOf, () => trainRequest(parsed.own, parsed.config, { cwd, now }));
}

describe('trainRequest', () => {
  it('names the run after the network and the time, where the command was typed', async () => {
    expect((await request()).out).toBe(join(cwd, 'runs/unet-20260102-030405'));
    expect((await request('--dilate', '1')).out).toBe(join(cwd, 'runs/unet-custom-20260102-030405'));
  });

  it('resolves every relative path where the command was typed', async () => {
    await mkdir(join(cwd, 'stack'));
    for (const name of ['train-volume.tif', 'train-labels.tif', 'test-volume.tif'])
      await writeFile(join(cwd, 'stack', name), '');
    const asked = await request('--data', 'stack', '--out', '../r', '--weight_path', 'w/x.safetensors');
    expect(asked.config.data).toEqual({
      kind: 'stacks',
      images: join(cwd, 'stack/train-volume.tif'),
      labels: join(cwd, 'stack/train-labels.tif'),
      test: join(cwd, 'stack/test-volume.tif'),
    });
    expect(asked.out).toBe(join(cwd, '../r'));
    expect(asked.weightPath).toBe(join(cwd, 'w/x.safetensors'));
  });

  it('says how to go on, in words that a shell takes, with what the run folder does not say', async () => {
    const plain = await request('--seed', '7');
    expect(plain.resumeCommand('/runs/one')).toBe('npx nx run trainer:train --out /runs/one --resume');
    const asked = await request('--weight_path', "it's w", '--gpu', '0,1', '--require-gpu');
    expect(asked.resumeCommand('/my runs/one')).toBe(
      "npx nx run trainer:train --out '/my runs/one' --resume " +
        `--weight_path '${cwd}/it'\\''s w' --gpu 0,1 --require-gpu`,
    );
  });

  it('takes single files as well', async () => {
    for (const name of ['i.tif', 'm.tif']) await writeFile(join(cwd, name), '');
    expect((await request('--image_path', 'i.tif', '--mask_path', 'm.tif')).config.data).toEqual({
      kind: 'stacks',
      images: join(cwd, 'i.tif'),
      labels: join(cwd, 'm.tif'),
    });
  });

  it('takes several stacks, and names the flag of what does not fit', async () => {
    for (const folder of ['brain', 'cord']) {
      await mkdir(join(cwd, folder));
      for (const name of ['train-volume.tif', 'train-labels.tif']) await writeFile(join(cwd, folder, name), '');
    }
    const both = ['--data', 'brain', '--data', 'cord'];
    const paths = (name: string) => ({
      name,
      images: join(cwd, name, 'train-volume.tif'),
      labels: join(cwd, name, 'train-labels.tif'),
    });
    const asked = await request(...both, '--weight', '0.5', '--weight', '2');
    const stacks = [
      { ...paths('brain'), weight: 0.5 },
      { ...paths('cord'), weight: 2 },
    ];
    expect(asked.config.data).toEqual({ kind: 'several', stacks });
    expect((await request(...both, '--hold-out-stack', 'cord')).config).toMatchObject({
      holdOut: 0,
      data: { stacks: [paths('brain'), { ...paths('cord'), heldOut: true }] },
    });
    for (const [flags, message] of [
      [['--weight', '0', '--weight', '1'], '--weight must be a number above 0; received 0.'],
      [['--weight', '-2', '--weight', '1'], '--weight must be a number above 0; received -2.'],
      [['--weight', 'NaN', '--weight', '1'], '--weight must be a number; received "NaN".'],
      [
        ['--weight', '1'],
        '--weight must be given once for each stack that is trained on, in order: 2 times (brain, cord)',
      ],
      [['--hold-out-stack', '3'], '--hold-out-stack must be the number or the name of a stack (1 brain, 2 cord)'],
      [['--data', 'cord'], '--data must name each stack once'],
      [
        ['--sampling', 'montage', '--hold-out', '0', '--no-register-labels'],
        '--sampling must be sections with several stacks',
      ],
      [['--ignore-sections', '2'], 'mark their pixels by a value (--ignore) or a mask (--ignore-mask)'],
    ] as const) {
      await expect(async () => request(...both, ...flags)).rejects.toThrow(message);
    }
    await expect(request('--data', 'brain', '--weight', '2')).rejects.toThrow(
      '--weight needs several stacks: give --data more than once',
    );
  });

  it('says which labels do not count', async () => {
    for (const name of ['i.tif', 'm.tif', 'unknown.tif']) await writeFile(join(cwd, name), '');
    const flags = ['--image_path', 'i.tif', '--mask_path', 'm.tif'];
    const asked = await request(
      ...flags,
      '--ignore-mask',
      'unknown.tif',
      '--ignore',
      '-1',
      '--ignore-sections',
      '2,5-9',
    );
    expect(asked.config).toMatchObject({
      data: { ignoreMask: join(cwd, 'unknown.tif') },
      ignore: -1,
      ignoreSections: '2,5-9',
    });
    await expect(request('--ignore', '255')).rejects.toThrow('--ignore must be left out with the built-in phantom');
    await expect(request(...flags, '--preset', 'original', '--ignore-mask', 'unknown.tif')).rejects.toThrow(
      '--ignore-mask must be left out with a montage, in which the original counts every pixel of every section',
    );
    await expect(request(...flags, '--ignore-sections', '5-')).rejects.toThrow(
      '--ignore-sections must be numbers from 1',
    );
  });

  it('says which sections of a file are meant', async () => {
    for (const name of ['i.tif', 'm.tif']) await writeFile(join(cwd, name), '');
    const asked = await request('--image_path', 'i.tif', '--mask_path', 'm.tif', '--channel', '2', '--time', '3');
    expect(asked.config.data).toMatchObject({ select: { channel: 2, time: 3 } });
    await expect(request('--channel', '2')).rejects.toThrow(/--channel needs --data: the phantom has one image/);
    await expect(request('--image_path', 'i.tif', '--mask_path', 'm.tif', '--image', '0')).rejects.toThrow(/--image/);
  });

  it('passes on GPU flags', async () => {
    expect(await request('--gpu', '1', '--require-gpu')).toMatchObject({ gpu: '1', requireGpu: true });
    expect(await request()).toMatchObject({ requireGpu: false, resume: false });
    expect(await request()).not.toHaveProperty('gpu');
    for (const gpu of ['0,2', 'GPU-aaa', 'GPU-aaa,GPU-bb-1', 'MIG-GPU-aaa/1/0,MIG-bbb']) {
      expect(await request('--gpu', gpu)).toMatchObject({ gpu });
    }
  });

  it.each([
    [['--data', 'nowhere'], /^--data must /],
    [['--image_path', 'i.tif'], /^--mask_path must be given/],
    [
      ['--gpu', 'first'],
      '--gpu must be the number of a GPU (0, 1 ...), its UUID, several of one kind with commas, or -1 for none; received "first".',
    ],
    [['--gpu', 'GPU-aaa,'], '--gpu must be the number of a GPU'],
    [['--gpu', '0,GPU-aaa'], '--gpu must be the number of a GPU'],
    [['--gpu', '-1', '--require-gpu'], '--gpu must name a GPU with --require-gpu; received "-1".'],
    [['--resume'], '--resume needs --out RUN, the run to go on with.'],
    [['--resume', '--out', 'r'], '--out must be the folder of a run when --resume is given'],
  ])('refuses %s', async (argv, message) => {
    await expect(request(...argv)).rejects.toThrow(message);
  });

  it('resumes with the configuration of the run', async () => {
    const first = await request('--variant', 'dilated-unet', '--lr', '0.0002', '--seed', '7');
    await mkdir(join(cwd, 'r/checkpoints'), { recursive: true });
    await writeFile(join(cwd, 'r/checkpoints/last.safetensors'), '');
    await writeFile(join(cwd, 'r/config.json'), JSON.stringify(first.config));
    const resumed = await request('--resume', '--out', 'r', '--epochs', '77');
    expect(resumed).toMatchObject({ resume: true, out: join(cwd, 'r') });
    expect(resumed.config).toEqual({ ...first.config, epochs: 77 });
  });

  it('of a run that is gone on with, says how to go on with what was typed, wherever that is done', async () => {
    for (const folder of ['brain', 'cord', 'r']) await mkdir(join(cwd, folder));
    for (const folder of ['brain', 'cord'])
      for (const name of ['train-volume.tif', 'train-labels.tif']) await writeFile(join(cwd, folder, name), '');
    await writeFile(join(cwd, 'unknown.tif'), '');
    const stacks = ['--data', 'brain', '--data', 'cord', '--ignore-mask', 'none', '--ignore-mask', 'unknown.tif'];
    const first = await request(...stacks, '--no-register-labels', '--addition', '0');
    await writeFile(join(cwd, 'r/config.json'), JSON.stringify(first.config));
    const changes = [...stacks, '--addition', '0', '--epochs', '24', '--export', 'best', '--no-register-labels'];
    const resumed = await request('--out', 'r', '--resume', ...changes, '--weight_path', 'w', '--gpu', '-1');
    expect(resumed.resumeCommand(resumed.out)).toBe(
      `npx nx run trainer:train --out ${cwd}/r --resume --data ${cwd}/brain --data ${cwd}/cord --ignore-mask none ` +
        `--ignore-mask ${cwd}/unknown.tif --addition 0 --epochs 24 --no-register-labels --export best --weight_path ${cwd}/w --gpu -1`,
    );
    const again = await request(...resumed.resumeCommand(resumed.out).split(' ').slice(4));
    expect({ ...again, resumeCommand: again.resumeCommand(again.out) }).toEqual({
      ...resumed,
      resumeCommand: resumed.resumeCommand(resumed.out),
    });
  });

  it('resumes a run that was killed before its first checkpoint', async () => {
    const first = await request('--seed', '7');
    await mkdir(join(cwd, 'r'));
    await writeFile(join(cwd, 'r/config.json'), JSON.stringify(first.config));
    expect((await request('--resume', '--out', 'r')).config).toEqual(first.config);
  });

  it.each([
    ['{"network":', /^Cannot read .*config\.json, so the run cannot be resumed/],
    ['{}', /config\.json: network is not valid/],
  ])('says so when the configuration of the run is %s', async (text, message) => {
    await mkdir(join(cwd, 'r/checkpoints'), { recursive: true });
    await writeFile(join(cwd, 'r/checkpoints/last.safetensors'), '');
    await writeFile(join(cwd, 'r/config.json'), text);
    await expect(request('--resume', '--out', 'r')).rejects.toThrow(message);
  });
});

describe('--init', () => {
  beforeEach(() => writeTrainedModel(join(cwd, 'axons'), 'dilated-unet'));

  it('takes the shape of the network from the model, and notes which one it is', async () => {
    const { config } = await request('--init', 'axons', '--dropout', '0.1');
    expect(config.network).toEqual({
      name: 'dilated-unet',
      dilateRate: 2,
      dilate: true,
      addition: true,
      classes: 2,
      filters: 44,
      dropout: 0.1,
    });
    const sha256 = expect.stringMatching(/^[0-9a-f]{64}$/) as string;
    expect(config.init).toEqual({ path: join(cwd, 'axons'), name: 'axons', newHead: false, sha256 });
    expect((await request('--init', 'axons', '--new-head', '--classes', '3')).config).toMatchObject({
      network: { name: 'unet-custom', classes: 3 },
      init: { newHead: true },
    });
  });

  it.each([
    [['--dilate', '0'], '--dilate must be 1: the model axons has a bottleneck with dilations 1, 2, 4, 8, 16, 32.'],
    [['--variant', 'unet'], '--dilate_rate must be 2: the model axons dilates the second convolution of each encoder'],
    [['--classes', '3'], '--classes must be 2, unless with --new-head: the model axons has 2 classes.'],
  ])('refuses another shape: %j', async (flags, message) => {
    await expect(request('--init', 'axons', ...flags)).rejects.toThrow(message);
  });

  it('refuses what is no model, and a new head of none', async () => {
    await expect(request('--init', 'none')).rejects.toThrow(/^--init must be a package .* there is nothing there/);
    await mkdir(join(cwd, 'empty'));
    await expect(request('--init', 'empty')).rejects.toThrow(/rdf\.yaml must be at the top of the package/);
    await expect(request('--new-head')).rejects.toThrow('--new-head needs --init: without it all layers are new');
  });

  it('goes on with the run that began from it, wherever it lies, and with no other', async () => {
    const { config } = await request('--init', 'axons');
    await mkdir(join(cwd, 'r'));
    await writeFile(join(cwd, 'r/config.json'), JSON.stringify(config));
    await rename(join(cwd, 'axons'), join(cwd, 'moved'));
    expect((await request('--resume', '--out', 'r')).config).toEqual(config);
    expect((await request('--resume', '--out', 'r', '--init', 'moved')).config.init?.sha256).toBe(config.init?.sha256);
    await expect(request('--resume', '--out', 'r', '--new-head')).rejects.toThrow('--new-head must stay false');
    await writeTrainedModel(join(cwd, 'another'), 'dilated-unet', { seed: 2 });
    await expect(request('--resume', '--out', 'r', '--init', 'another')).rejects.toThrow(
      `--init must be axons of SHA-256 ${config.init?.sha256} to resume this run, or left out; start another in a new folder`,
    );
    await writeFile(join(cwd, 'r/config.json'), JSON.stringify((await request()).config));
    await expect(request('--resume', '--out', 'r', '--init', 'moved')).rejects.toThrow(
      '--init must be left out to resume this run, which began from random weights',
    );
  });
});
