import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { VARIANT_NAMES } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import {
  EXPERIMENT_FLAGS,
  experimentFlagOf,
  experimentRequest,
  parseExperiment,
} from '../../src/commands/experiment.ts';
import { SELECTION } from '../../src/command-line/selection.ts';
import type { ExperimentRequest } from '../../src/experiment/request.ts';
import { rings, writeStackFile } from '../run/fake-services.ts';
import { inFlags } from '../support/in-flags.ts';
import { writeTrainedModel } from '../support/trained-model.ts';
import { temporaryFolder } from '../../../host/test/support/temporary.ts';

async function request(text: string, cwd = '/nowhere'): Promise<ExperimentRequest> {
  const argv = text.split(' ').filter(Boolean);
  const parsed = parseExperiment(argv);
  if (parsed.kind !== 'run') throw new Error('Help instead of a run.');
  return inFlags(experimentFlagOf, () => experimentRequest(parsed, argv, cwd));
}

const configs = async (text: string, cwd?: string) =>
  ((await request(text, cwd)).experiment?.trials ?? []).map(({ config }) => config);

/** A folder `stack` with 10 sections of 64 x 48. */
async function dataFolder(): Promise<string> {
  const cwd = temporaryFolder();
  const { images, labels } = rings(10);
  await writeStackFile(join(cwd, 'stack/train-volume.tif'), images);
  await writeStackFile(join(cwd, 'stack/train-labels.tif'), labels);
  return cwd;
}

describe('an experiment on the phantom', () => {
  it('is, by itself, the four networks once, the last fifth held out, preset phantom-quick', async () => {
    const { experiment, out, task } = await request('');
    expect(task).toEqual({ kind: 'run', shard: null });
    expect(out).toBe('/nowhere/runs/experiment-holdout-phantom');
    expect(experiment).toMatchObject({
      protocol: 'holdout',
      data: { description: 'built-in phantom, 30 sections of 512 x 512', sections: 30, sha256: null },
      symmetries: false,
      command: 'npx nx run trainer:experiment',
    });
    expect(experiment?.trials.map(({ trial }) => trial.variant)).toEqual(VARIANT_NAMES);
    for (const { trial, config } of experiment?.trials ?? []) {
      expect(config).toMatchObject({
        network: { name: trial.variant },
        holdOut: 6,
        sampling: 'sections',
        window: 128,
        epochs: 22,
      });
      expect(config).not.toHaveProperty('holdOutFrom');
    }
  });

  it('holds out one block after another under kfold', async () => {
    const blocks = (await configs('--protocol kfold --folds 4 --variants unet')).map((c) => [c.holdOutFrom, c.holdOut]);
    expect(blocks).toEqual([
      [0, 7],
      [7, 8],
      [15, 7],
      [22, 8],
    ]);
  });

  it('follows the original under original', async () => {
    const [config] = await configs('--protocol original --variants dilated-unet-a');
    expect(config).toMatchObject({
      network: { name: 'dilated-unet-a' },
      data: { kind: 'phantom' },
      holdOut: 0,
      sampling: 'montage',
      window: 512,
      batchSize: 3,
      stepsPerEpoch: 10,
      epochs: 500,
      schedule: { policy: 'triangular', stepSize: 2000 },
      augmentation: {},
      registerLabels: false,
      exportWeights: 'best',
      earlyStopping: { patience: 300, minDelta: 1e-3 },
    });
  });

  it('counts seeds up from --seed', async () => {
    expect((await configs('--variants unet --seeds 3 --seed 7')).map(({ seed }) => seed)).toEqual([7, 8, 9]);
    expect((await configs('--variants unet --seeds 2')).map(({ seed }) => seed)).toEqual([865, 866]);
  });

  it('lets the flags win over the preset, and the protocol over both', async () => {
    const [config] = await configs(
      '--variants unet --preset original --window 64 --batch-size 1 --lr 0.001 --export last',
    );
    expect(config).toMatchObject({ window: 64, batchSize: 1, schedule: { baseRate: 0.001 }, exportWeights: 'last' });
    expect(config).toMatchObject({ sampling: 'sections', holdOut: 6 });
  });

  it.each([
    ['--epochs 4', 40],
    ['--epochs 1 --steps-per-epoch 3', 2],
    ['--epochs 1 --steps-per-epoch 1', 1],
    ['--epochs 4 --clr-step-size 7', 7],
    ['--protocol original --epochs 4', 2000],
    ['--epochs 4 --clr-policy triangular2', 220],
    ['--epochs 4 --clr-policy exp-range', 220],
  ])('%s: a step size of %i', async (flags, stepSize) => {
    expect((await configs(`--variants unet ${flags}`))[0]?.schedule.stepSize).toBe(stepSize);
  });

  it('remembers the command without the shard', async () => {
    const command = async (text: string) => (await request(text)).experiment?.command;
    expect(await command('--shard 1/2 --variants unet --seeds=2')).toBe(
      'npx nx run trainer:experiment --variants unet --seeds=2',
    );
    expect(await command('--variants unet --shard=2/2 --out my"folder')).toBe(
      `npx nx run trainer:experiment --variants unet --out 'my"folder'`,
    );
  });

  it('takes a shard, a report alone, or a list', async () => {
    expect((await request('--shard 2/4')).task).toEqual({ kind: 'run', shard: { number: 2, of: 4 } });
    expect(await request('--collect --out x')).toMatchObject({
      task: { kind: 'collect' },
      experiment: null,
      out: '/nowhere/x',
    });
    expect((await request('--collect --out x --seeds 2')).experiment?.trials).toHaveLength(8);
    expect(await request('--list --out x')).toMatchObject({ task: { kind: 'list' }, experiment: null });
    expect((await request('--list')).experiment?.trials).toHaveLength(4);
  });

  it.each([
    ['--folds 3', '--folds must be left out under --protocol holdout; it is for kfold; received 3.'],
    [
      '--protocol kfold --hold-out 3',
      '--hold-out must be left out under --protocol kfold; it is for holdout; received 3.',
    ],
    [
      '--protocol original --symmetries',
      '--symmetries must be left out under --protocol original; it is for holdout and kfold',
    ],
    [
      '--protocol original --preset isbi-quick',
      '--preset must be original or left out under --protocol original; change single settings by their own flags; received "isbi-quick".',
    ],
    ['--protocol original --augmentation tissue', '--augmentation must be none under --protocol original'],
    ['--protocol seed', '("seed" is called original now); received "seed".'],
    ['--protocol loo', '--protocol must be one of original, holdout, kfold; received "loo".'],
    ['--variants unet,vnet', '--variants must be some of unet, dilated-unet, unet-a, dilated-unet-a, each once'],
    ['--variants unet,unet', '--variants must be some of'],
    ['--variants unet,', '--variants must be some of'],
    ['--seeds 0', '--seeds must be from 1 to 1000; received 0.'],
    ['--seeds 2 --seed 2147483647', '--seed must be at most 2147483647; received 2147483648.'],
    ['--hold-out 30', '--hold-out must be from 1 to 29, of 30 sections; received 30.'],
    ['--protocol kfold --folds 31', '--folds must be from 2 to 30'],
    ['--epochs 0', '--epochs must be at least 1; received 0.'],
    ['--shard 3/2', '--shard must be i/n'],
    ['--shard 1/2 --collect', '--shard must be left out with --collect, which trains nothing; received "1/2".'],
    ['--shard 1/2 --list', '--shard must be left out with --list'],
    ['--list --collect', '--list must be left out with --collect'],
    ['--gpu none', '--gpu must be the number of a GPU'],
    ['--preset nope', '--preset must be one of'],
    ['--data nowhere', '--data must be the path of a file or folder that exists'],
  ])('refuses %s', async (text, message) => {
    await expect(request(text)).rejects.toThrow(message);
  });
});

describe('an experiment on a stack', () => {
  it('knows its sections and what is in the files; preset isbi-full', async () => {
    const cwd = await dataFolder();
    const { experiment, out } = await request('--data stack --variants unet --window 32', cwd);
    expect(out).toBe(join(cwd, 'runs/experiment-holdout-stack'));
    expect(experiment?.data.description).toBe('stack, 10 sections of 64 x 48');
    expect(experiment?.data.sha256?.images).toMatch(/^[0-9a-f]{64}$/);
    expect(experiment?.data.sha256?.labels).not.toBe(experiment?.data.sha256?.images);
    expect(experiment?.trials[0]?.config).toMatchObject({
      data: { kind: 'stacks', images: join(cwd, 'stack/train-volume.tif') },
      holdOut: 2,
      stepsPerEpoch: 100,
      epochs: 42,
    });
  });

  it('trains at the pixels that are asked for', async () => {
    const cwd = await dataFolder();
    const asked = '--data stack --variants unet --window 32 --pixel-size 4 --data-pixel-size 8';
    for (const config of await configs(asked, cwd)) expect(config).toMatchObject({ pixelSize: 4, dataPixelSize: 8 });
    await expect(configs('--pixel-size 4')).rejects.toThrow('--pixel-size must be left out with the built-in phantom');
  });

  it('divides the sections that have labels, and knows what of them counts', async () => {
    const cwd = await dataFolder();
    const { labels } = rings(10);
    // Nobody labelled the first three sections and the sixth.
    const places = [0, 1, 2, 5];
    const data = labels.data.map((value, i) => (places.includes(Math.floor(i / (64 * 48))) ? 7 : value));
    await writeStackFile(join(cwd, 'stack/train-labels.tif'), { ...labels, data });
    const asked = '--data stack --variants unet --window 32 --protocol kfold --folds 3';
    const { experiment } = await request(`${asked} --ignore 7`, cwd);
    expect(experiment?.trials.map(({ config }) => [config.holdOutFrom, config.holdOut, config.ignore])).toEqual([
      [3, 2, 7],
      [6, 2, 7],
      [8, 2, 7],
    ]);
    await expect(request(`${asked} --ignore 8`, cwd)).rejects.toThrow('train-labels.tif: no pixel has the value 8');
    await expect(request('--data stack --protocol original --ignore 7', cwd)).rejects.toThrow(
      '--ignore must be left out with a montage',
    );
  });

  it('decides once that partial labels are ids, by what counts of them', async () => {
    const cwd = await dataFolder();
    const { labels } = rings(10);
    // Ids of squares that touch, in six sections; 0 where nobody labelled.
    const data = labels.data.map((_, i) => {
      const [x, y, z] = [i % 64, Math.floor(i / 64) % 48, Math.floor(i / (64 * 48))];
      return z < 4 || x < 16 ? 0 : 1 + 8 * Math.floor(y / 16) + Math.floor(x / 16);
    });
    await writeStackFile(join(cwd, 'stack/train-labels.tif'), { ...labels, data });
    const { experiment } = await request(
      '--data stack --variants unet --window 32 --protocol kfold --folds 3 --ignore 0',
      cwd,
    );
    expect(experiment?.trials.map(({ config }) => config)).toMatchObject(
      [4, 6, 8].map((holdOutFrom) => ({
        holdOutFrom,
        holdOut: 2,
        labelKind: 'instances',
        boundaryWidth: 6,
        ignore: 0,
      })),
    );
  });

  it('is another one with another mask', async () => {
    const cwd = await dataFolder();
    const { labels } = rings(10);
    const masks = [9, 8].map((z) => ({ ...labels, data: labels.data.map((_, i) => (i >= z * 64 * 48 ? 1 : 0)) }));
    for (const [k, mask] of masks.entries()) await writeStackFile(join(cwd, `mask-${k}.tif`), mask);
    const hashes = await Promise.all(
      [0, 1].map(async (k) => {
        const { experiment } = await request(
          `--data stack --variants unet --window 32 --ignore-mask mask-${k}.tif`,
          cwd,
        );
        expect(experiment?.trials[0]?.config.data).toMatchObject({ ignoreMask: join(cwd, `mask-${k}.tif`) });
        return experiment?.data.sha256?.ignoreMask;
      }),
    );
    expect(new Set(hashes.map((hash) => hash?.length))).toEqual(new Set([64]));
    expect(hashes[0]).not.toBe(hashes[1]);
  });

  it('names a file that is no stack', async () => {
    const cwd = await dataFolder();
    writeFileSync(join(cwd, 'stack/train-volume.tif'), 'no TIFF');
    await expect(request('--data stack', cwd)).rejects.toThrow(/train-volume\.tif is neither TIFF nor PNG/);
  });
});

describe('the command line', () => {
  it('teaches with --help: every flag, the protocols and examples', () => {
    const parsed = parseExperiment(['--help']);
    const help = (parsed.kind === 'help' ? parsed.text : '').replaceAll(/\s+/g, ' ');
    for (const { flag, help: text } of EXPERIMENT_FLAGS) {
      expect(help).toContain(`${flag} `);
      expect(help).toContain(text);
    }
    expect(help).toContain('npx nx run trainer:experiment --data path/to/stack --variants unet,dilated-unet --seeds 3');
    expect(help).toContain('kfold each block of neighbouring sections is held out in turn');
  });

  it('chooses among what a file has as a training does', () => {
    for (const field of Object.keys(SELECTION)) {
      expect(parseExperiment([`--${field}`, '1'])).toMatchObject({ own: { [field]: 1 } });
    }
  });

  it('refuses what it does not know', () => {
    expect(() => parseExperiment(['--variant', 'unet'])).toThrow(
      /Unknown option '--variant' \(Did you mean --variants\?\)/,
    );
    expect(() => parseExperiment(['--sampling', 'montage'])).toThrow("Unknown option '--sampling'");
    expect(() => parseExperiment(['stack'])).toThrow('Too many arguments');
  });
});

describe('an experiment that goes on from a model', () => {
  it('trains the network of the model, in each trial from its weights', async () => {
    const cwd = temporaryFolder();
    await writeTrainedModel(join(cwd, 'axons'), 'unet-a');
    const trials = await configs('--init axons --seeds 2', cwd);
    expect(trials.map(({ network, init }) => [network.name, init?.name])).toEqual([
      ['unet-a', 'axons'],
      ['unet-a', 'axons'],
    ]);
    await expect(configs('--init axons --variants unet', cwd)).rejects.toThrow(
      '--variants must be unet-a, the network of the model axons, or left out',
    );
    await expect(configs('--init axons --protocol original', cwd)).rejects.toThrow(
      '--init must be left out under --protocol original',
    );
  });
});
