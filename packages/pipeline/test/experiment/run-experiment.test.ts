import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  connectedComponents,
  EnvironmentError,
  readModelCard,
  withModelCard,
  type GreyStack,
} from '@dilated-unet/core';
import { withLock } from '@dilated-unet/host';
import { encodeTiffStack } from '@dilated-unet/stacks';
import { readStack } from '@dilated-unet/stacks/node';
import { beforeEach, describe, expect, it } from 'vitest';
import { runExperiment, type ExperimentEnd } from '../../src/experiment/run-experiment.ts';
import { experimentFlagOf, experimentRequest, parseExperiment } from '../../src/commands/experiment.ts';
import type { ExperimentResults, TrialResult } from '../../src/experiment/results.ts';
import type { Services } from '../../src/run/services.ts';
import { fakeServices, rings, writeStackFile } from '../run/fake-services.ts';
import { writePyramid } from '../support/pyramid.ts';
import { inFlags } from '../support/in-flags.ts';
import { temporaryFolder } from '../../../host/test/support/temporary.ts';

const EXPERIMENT = '--data stack --variants unet,unet-a --hold-out 2 --window 32 --epochs 3 --out out';
const ONE_SHARD = `${EXPERIMENT} --shard 1/2`;
const ONE_PART = EXPERIMENT.replace('unet,unet-a', 'unet');

let cwd: string;
let notes: string[];
/** Trainings that were begun: the trial, and whether it was resumed. */
let trained: string[];
let reports: ExperimentResults[];
beforeEach(async () => {
  cwd = temporaryFolder();
  [notes, trained, reports] = [[], [], []];
  const { images, labels } = rings(6);
  await writeStackFile(join(cwd, 'stack/train-volume.tif'), images);
  await writeStackFile(join(cwd, 'stack/train-labels.tif'), labels);
});

interface Changes extends Partial<Services> {
  readonly signal?: AbortSignal;
}

function run(text: string, changes: Changes = {}): Promise<ExperimentEnd> {
  return inFlags(experimentFlagOf, () => runTyped(text, changes));
}

async function runTyped(text: string, { signal, ...services }: Changes): Promise<ExperimentEnd> {
  const argv = text.split(' ').filter(Boolean);
  const parsed = parseExperiment(argv);
  if (parsed.kind !== 'run') throw new Error('Help instead of a run.');
  const request = await experimentRequest(parsed, argv, cwd, {
    onProgress: () => undefined,
    ...(signal && { signal }),
  });
  const real = fakeServices(services);
  return runExperiment(request, {
    services: {
      ...real,
      train: (config, options) => {
        trained.push(`${config.network.name}${options.resume === true ? ', resumed' : ''}`);
        return real.train(config, options);
      },
    },
    writeReport: (results, out) => {
      reports.push(results);
      return Promise.resolve({ markdown: join(out, 'report.md'), html: join(out, 'report.html') });
    },
    watch: { onNote: (note) => notes.push(note.trim()), onProgress: () => undefined, ...(signal && { signal }) },
  });
}

const trial = (name: string): string => join(cwd, 'out/trials', `${name}-fold1-seed865`);
const resultOf = (name: string): TrialResult =>
  JSON.parse(readFileSync(join(trial(name), 'result.json'), 'utf8')) as TrialResult;
const noDisk: Services['convert'] = () => Promise.reject(new EnvironmentError('No disk.'));
/** Fails for one network; the others convert. */
const failingFor =
  (name: string): Services['convert'] =>
  (request) =>
    request.network.name === name ? noDisk(request) : fakeServices().convert(request);

describe('an experiment', () => {
  it('runs trial after trial, and reports what each found', async () => {
    const { text, failed } = await run(EXPERIMENT);
    expect(failed).toBe(false);
    expect(trained).toEqual(['unet', 'unet-a']);
    expect(notes.filter((note) => note.startsWith('trial'))).toEqual([
      'trial 1 of 2: unet, seed 865',
      'trial 2 of 2: unet-a, seed 865',
    ]);
    expect(text).toMatch(/trial +variant .* V_Rand +V_Info/);
    expect(text).toMatch(/^2 +unet-a +1 +865 +3 +0\.\d{4} /m);
    expect(text).toContain(`report: ${join(cwd, 'out/report.md')}`);

    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({
      protocol: 'holdout',
      data: 'stack, 6 sections of 64 x 48',
      command: `npx nx run trainer:experiment ${EXPERIMENT}`,
      trainingImages: join(cwd, 'stack/train-volume.tif'),
      trainingLabels: join(cwd, 'stack/train-labels.tif'),
      labelKind: 'interior',
      trials: [
        { trial: { index: 1, variant: 'unet', fold: 1, seed: 865 }, folder: trial('unet') },
        { trial: { index: 2, variant: 'unet-a', fold: 1, seed: 865 }, folder: trial('unet-a') },
      ],
    });
    expect(reports[0]?.trials.map(({ result }) => result)).toEqual([resultOf('unet'), resultOf('unet-a')]);
  });

  it('keeps in result.json what the run and its scores say', async () => {
    await run(ONE_PART);
    const result = resultOf('unet');
    expect(result).toMatchObject({
      epochs: 3,
      epochsAsked: 3,
      steps: 300,
      parameters: 2_772_816,
      stepMs: 500,
      trainingSeconds: 150,
    });
    expect(result.history.map(({ epoch, validation }) => [epoch, validation !== null])).toEqual([
      [1, false],
      [2, false],
      [3, true],
    ]);
    expect(result.heldOut?.plain.perSection).toHaveLength(2);
    expect(result.heldOut?.symmetries).toBeNull();
    const labels = await readStack(join(trial('unet'), result.files.labels));
    const probabilities = await readStack(join(trial('unet'), result.files.probabilities));
    expect([labels.depth, probabilities.depth]).toEqual([2, 2]);
    const wrong = Array.from(probabilities.data).filter((p, i) => p > 0.5 !== (labels.data[i] as number) > 0).length;
    const { precision, recall } = result.heldOut?.plain ?? { precision: 0, recall: 0 };
    expect(result.heldOut?.plain.interiorDice).toBeCloseTo((2 * precision * recall) / (precision + recall), 10);
    expect(result.heldOut?.plain.pixelError).toBeLessThanOrEqual(wrong / labels.data.length);
  });

  it('shows sections that were trained on under original', async () => {
    await run('--data stack --protocol original --variants unet --window 32 --epochs 2 --out out');
    const { heldOut, files } = resultOf('unet');
    expect(heldOut).toBeNull();
    const [images, trainedOn] = [
      await readStack(join(trial('unet'), files.images)),
      await readStack(join(cwd, 'stack/train-volume.tif')),
    ];
    expect(images).toEqual(trainedOn);
    expect((await readStack(join(trial('unet'), files.probabilities))).depth).toBe(6);
    expect(new Set((await readStack(join(trial('unet'), files.labels))).data)).toEqual(new Set([0, 255]));
  });

  it('segments them at the pixels of the training, whether the files state theirs or not', async () => {
    const convert: Services['convert'] = async (request) => {
      const converted = await fakeServices().convert(request);
      const model = readFileSync(request.output);
      writeFileSync(request.output, withModelCard(model, { ...readModelCard(model), pixelSize: { y: 4, x: 4 } }));
      return converted;
    };
    const probabilities = async (out: string, flags: string): Promise<GreyStack> => {
      const folder = join(cwd, out, 'trials/unet-fold1-seed865');
      await run(`--data stack --protocol original --variants unet --window 32 --epochs 2 --out ${out} ${flags}`, {
        convert,
      });
      const { files } = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')) as TrialResult;
      return readStack(join(folder, files.probabilities));
    };
    const said = await probabilities('said', '--pixel-size 4 --data-pixel-size 8');
    const { images } = rings(6);
    const stated = await encodeTiffStack(images, { pixelSize: { y: 8, x: 8 } });
    writeFileSync(join(cwd, 'stack/train-volume.tif'), stated);
    expect(said).toEqual(await probabilities('stated', '--pixel-size 4'));
    expect(said).toMatchObject({ width: images.width, height: images.height });
  });

  it('reads labels as they are meant, in each trial and in its report', async () => {
    const labels = await readStack(join(cwd, 'stack/train-labels.tif'));
    await writeStackFile(join(cwd, 'stack/train-labels.tif'), { ...labels, data: labels.data.map((v) => 255 - v) });
    const original = '--data stack --protocol original --variants unet --window 32 --epochs 2 --out';
    await run(`${original} out --label-kind membrane`);
    expect(resultOf('unet').config.labelKind).toBe('membrane');
    expect(reports[0]?.labelKind).toBe('membrane');
    const shown = await readStack(join(trial('unet'), resultOf('unet').files.labels));
    expect(shown).toEqual(labels);
    // Auto tells the same of them.
    await run(`${original} out`);
    expect(trained).toEqual(['unet']);
    const other = run(`${original} out --label-kind interior`);
    await expect(other).rejects.toThrow('--label-kind is "membrane" there and "interior" here');
  });

  it('decides once what labels are that are ids of cells, and how wide their membranes', async () => {
    const { labels } = rings(6);
    const cells = connectedComponents({ ...labels, height: 6 * labels.height });
    const ids = { ...labels, data: Uint16Array.from(cells.labels) };
    await writeStackFile(join(cwd, 'stack/train-labels.tif'), ids);
    await run(ONE_PART);
    expect(notes[0]).toMatch(
      /train-labels\.tif: taken as `labelKind` instances: \d+ values .*`boundaryWidth` 6 pixels wide/,
    );
    expect(resultOf('unet').config).toMatchObject({ labelKind: 'instances', boundaryWidth: 6 });
    expect(reports[0]).toMatchObject({ labelKind: 'instances', boundaryWidth: 6 });
    // Gone on with, without a word.
    await run(ONE_PART);
    expect(trained).toEqual(['unet']);
    await expect(run(`${ONE_PART} --boundary-width 4`)).rejects.toThrow('--boundary-width is 6 there and 4 here');
  });

  it('is refused before its folder is made where its stacks cannot be trained on', async () => {
    const labels = await readStack(join(cwd, 'stack/train-labels.tif'));
    labels.data.fill(0, labels.data.length / 2);
    await writeStackFile(join(cwd, 'stack/train-labels.tif'), labels);
    await expect(run(EXPERIMENT)).rejects.toThrow('train-labels.tif: sections 4 to 6 have no cell interior');
    expect(existsSync(join(cwd, 'out'))).toBe(false);
    expect(trained).toEqual([]);
  });

  it('goes on where it was begun before there was a choice how labels are read', async () => {
    await run(EXPERIMENT);
    const path = join(cwd, 'out/experiment.json');
    const withoutField = readFileSync(path, 'utf8').replaceAll(/"labelKind": "interior",\s*/g, '');
    expect(withoutField).not.toContain('labelKind');
    writeFileSync(path, withoutField);
    await run(EXPERIMENT);
    expect(trained).toEqual(['unet', 'unet-a']);
  });

  it('tells where the test stack lies, also after it has moved', async () => {
    await writeStackFile(join(cwd, 'stack/test-volume.tif'), rings(3).images);
    await run(ONE_PART);
    const files = reports[0]?.trials[0]?.result?.files;
    expect(join(trial('unet'), files?.testImages ?? '')).toBe(join(cwd, 'stack/test-volume.tif'));
    expect((await readStack(join(trial('unet'), files?.testProbabilities ?? ''))).depth).toBe(3);

    for (const name of ['train-volume.tif', 'train-labels.tif', 'test-volume.tif']) {
      await writeStackFile(join(cwd, 'moved', name), await readStack(join(cwd, 'stack', name)));
    }
    rmSync(join(cwd, 'stack'), { recursive: true });
    await expect(run('--out out --collect')).rejects.toThrow(
      '--data must name the folder in which the stacks of the experiment lie now',
    );
    await run('--out out --collect --data moved');
    expect(reports[1]?.trainingImages).toBe(join(cwd, 'moved/train-volume.tif'));
    expect(join(trial('unet'), reports[1]?.trials[0]?.result?.files.testImages ?? '')).toBe(
      join(cwd, 'moved/test-volume.tif'),
    );
  });
});

describe('started again', () => {
  it('does nothing twice', async () => {
    await run(EXPERIMENT);
    const before = readFileSync(join(trial('unet'), 'result.json'), 'utf8');
    await run(EXPERIMENT);
    expect(trained).toEqual(['unet', 'unet-a']);
    expect(notes.filter((note) => note === 'done before')).toHaveLength(2);
    expect(readFileSync(join(trial('unet'), 'result.json'), 'utf8')).toBe(before);
    expect(reports[1]).toEqual(reports[0]);
  });

  it('goes on from the checkpoint of a trial that failed, while the others ran', async () => {
    const { text, failed } = await run(EXPERIMENT, { convert: failingFor('unet') });
    expect(failed).toBe(true);
    expect(text).toMatch(/^1 +unet +1 +865 +failed$/m);
    expect(text).toContain('1 of 2 trials are done. Failed: trial 1;');
    expect(notes.join('\n')).toContain('unet-fold1-seed865 failed: Stage "convert" failed: No disk.\n');
    expect(notes.join('\n')).toContain(`Go on with: npx nx run trainer:experiment ${EXPERIMENT}`);
    expect(reports[0]?.trials[0]).toMatchObject({
      result: null,
      failure: expect.stringContaining('No disk.') as string,
    });
    expect(reports[0]?.trials[1]?.result).not.toBeNull();

    expect((await run(EXPERIMENT)).failed).toBe(false);
    expect(trained).toEqual(['unet', 'unet-a', 'unet, resumed']);
    expect(existsSync(join(trial('unet'), 'failure.json'))).toBe(false);
    expect(reports[1]?.trials[0]).not.toHaveProperty('failure');
  });

  it('begins anew where there is no checkpoint yet', async () => {
    mkdirSync(trial('unet'), { recursive: true });
    writeFileSync(join(trial('unet'), 'config.json'), '{"half":');
    await expect(run(EXPERIMENT)).rejects.toThrow('--out must be a new or an empty folder, or that of an experiment');
    rmSync(join(cwd, 'out'), { recursive: true });
    await run(`${EXPERIMENT} --shard 2/2`);
    mkdirSync(trial('unet'), { recursive: true });
    writeFileSync(join(trial('unet'), 'config.json'), '{"half":');
    expect((await run(EXPERIMENT)).failed).toBe(false);
    expect(trained).toEqual(['unet-a', 'unet']);
  });

  it('only scores a run whose result is missing, half a file, or no result', async () => {
    await run(ONE_PART);
    const before = resultOf('unet');
    for (const text of [undefined, '{"trial": {"index": 1', '{}']) {
      rmSync(join(trial('unet'), 'result.json'));
      if (text !== undefined) writeFileSync(join(trial('unet'), 'result.json'), text);
      await run(ONE_PART);
      expect(resultOf('unet')).toEqual(before);
    }
    expect(trained).toEqual(['unet']);
  });

  it('with --symmetries: scores anew, and trains nothing', async () => {
    await run(ONE_PART);
    const before = resultOf('unet');
    await run(`${ONE_PART} --symmetries`);
    expect(trained).toEqual(['unet']);
    const { heldOut } = resultOf('unet');
    expect(heldOut?.plain).toEqual(before.heldOut?.plain);
    expect(heldOut?.symmetries?.perSection).toHaveLength(2);
    expect(heldOut?.symmetries?.perSection).not.toEqual(heldOut?.plain.perSection);

    notes = [];
    await run(ONE_PART);
    expect(notes.filter((note) => note === 'done before')).toHaveLength(1);
    expect(resultOf('unet').heldOut).toEqual(heldOut);
  });

  it('with more seeds: adds trials behind those that are there, and keeps their numbers and results', async () => {
    const more = `${EXPERIMENT} --seeds 2`;
    await run(EXPERIMENT);
    const before = readFileSync(join(trial('unet-a'), 'result.json'), 'utf8');
    await expect(run(`${more} --collect`)).rejects.toThrow('--seeds is 1 there and 2 here.');
    expect((await run(`${more} --list`)).text).toMatch(/^2 +unet-a +1 +865 .* done\n3 +unet +1 +866 .* not begun$/m);

    await run(`${more} --shard 1/2`);
    expect(trained).toEqual(['unet', 'unet-a', 'unet']);
    await run(more);
    expect(trained).toEqual(['unet', 'unet-a', 'unet', 'unet-a']);
    expect(readFileSync(join(trial('unet-a'), 'result.json'), 'utf8')).toBe(before);
    expect(reports[1]?.command).toBe(`npx nx run trainer:experiment ${more}`);
    expect(reports[1]?.trials.map(({ trial: { index, variant, seed } }) => [index, variant, seed])).toEqual([
      [1, 'unet', 865],
      [2, 'unet-a', 865],
      [3, 'unet', 866],
      [4, 'unet-a', 866],
    ]);
    await run('--out out --collect');
    expect(reports[2]?.trials).toHaveLength(4);

    await expect(run(EXPERIMENT)).rejects.toThrow('--seeds is 2 there and 1 here.');
    await expect(run(`${more} --seed 3`)).rejects.toThrow('--seed is 865 there and 3 here.');
  });

  it.each([
    ['--epochs 3', '--epochs 4', '--epochs is 3 there and 4 here'],
    ['--variants unet,unet-a', '--variants unet', '--variants is "unet,unet-a" there and "unet" here.'],
    ['--hold-out 2', '--hold-out 3', '--hold-out is 2 there and 3 here.'],
    ['--hold-out 2', '--protocol kfold', '--protocol is "holdout" there and "kfold" here.'],
    ['--data stack', '', '--data is "images'],
  ])('refuses another experiment: %s -> %s', async (old, changed, message) => {
    await run(`${EXPERIMENT} --shard 3/3`);
    const other = EXPERIMENT.replace(old, changed);
    await expect(run(other)).rejects.toThrow(message);
    await expect(run(other)).rejects.toThrow(`start that one as it was: npx nx run trainer:experiment ${EXPERIMENT};`);
    await expect(run(`${other} --list`)).rejects.toThrow(message);
    await expect(run(`${other} --collect`)).rejects.toThrow(message);
    expect(trained).toEqual([]);
  });

  it('refuses other data of the same name, and takes the same data from elsewhere', async () => {
    await run(ONE_PART);
    await writeStackFile(join(cwd, 'elsewhere/train-volume.tif'), rings(6).images);
    await writeStackFile(join(cwd, 'elsewhere/train-labels.tif'), rings(6).labels);
    await run(ONE_PART.replace('--data stack', '--data elsewhere'));
    expect(trained).toEqual(['unet']);
    expect(reports[1]?.data).toBe('stack, 6 sections of 64 x 48');
    const { images } = rings(6);
    images.data[0] = 1;
    await writeStackFile(join(cwd, 'stack/train-volume.tif'), images);
    await expect(run(ONE_PART)).rejects.toThrow('--data is "images');
  });

  it('says so where a trial is of another configuration', async () => {
    await run(ONE_PART);
    const result = resultOf('unet');
    writeFileSync(
      join(trial('unet'), 'result.json'),
      JSON.stringify({ ...result, config: { ...result.config, batchSize: 9 } }),
    );
    const { text, failed } = await run(ONE_PART);
    expect(failed).toBe(true);
    expect(text).toMatch(/^1 +unet +1 +865 +failed$/m);
    expect(notes.join('\n')).toContain('result.json is of another configuration: `batchSize` is 9 there and 2 here.');
    expect(resultOf('unet').config.batchSize).toBe(9);
  });
});

describe('a shard', () => {
  it('runs its trials and writes no report; --collect reports what is there, and what is missing', async () => {
    const { text, failed } = await run(`${EXPERIMENT} --shard 2/2`);
    expect(failed).toBe(false);
    expect(trained).toEqual(['unet-a']);
    expect(reports).toEqual([]);
    expect(text).toContain('unet-a');
    expect(text).not.toContain('not done');

    const collected = await run('--out out --collect');
    expect(collected.failed).toBe(false);
    expect(collected.text).toMatch(/^1 +unet +1 +865 +not done$/m);
    expect(collected.text).toContain('1 of 2 trials are done. Start the same command again to go on.');
    expect(reports[0]?.trials.map(({ result }) => result !== null)).toEqual([false, true]);

    await run(`${EXPERIMENT} --shard 1/2`);
    await run(`${EXPERIMENT} --collect`);
    expect(reports[1]?.trials.map(({ result }) => result !== null)).toEqual([true, true]);
    expect(trained).toEqual(['unet-a', 'unet']);
  });

  it('that fails is known to --collect', async () => {
    await run(`${EXPERIMENT} --shard 1/2`, { convert: noDisk });
    await run(`${EXPERIMENT} --shard 2/2`);
    expect((await run('--out out --collect')).failed).toBe(true);
    expect(reports[0]?.trials[0]?.failure).toContain('No disk.');
  });

  it('may be beyond the trials', async () => {
    expect(await run(`${EXPERIMENT} --shard 3/3`)).toMatchObject({ failed: false });
    expect(trained).toEqual([]);
  });
});

describe('a scale of an OME-Zarr', () => {
  it('is what images and labels are read at', async () => {
    const [full, half] = [rings(6, 128, 96), rings(6)];
    const bytes = ({ data, ...size }: GreyStack) => ({ ...size, data: new Uint8Array(data) });
    for (const kind of ['images', 'labels'] as const) {
      const name = kind === 'images' ? 'train-volume' : 'train-labels';
      await writePyramid(join(cwd, `zarr/${name}.zarr`), [bytes(full[kind]), bytes(half[kind])]);
    }
    await run('--data zarr --level 1 --protocol original --variants unet --window 32 --epochs 2 --out out');
    expect(reports[0]).toMatchObject({ data: 'zarr, 6 sections of 64 x 48', select: { level: 1 } });
    const { files } = resultOf('unet');
    expect(await readStack(join(trial('unet'), files.images))).toEqual(half.images);
    expect(await readStack(join(trial('unet'), files.labels))).toEqual(half.labels);
    await run('--out out --collect --data zarr');
    expect(reports[1]).toEqual(reports[0]);
  });
});

describe('--list and --collect', () => {
  it('stop while the stacks are hashed', async () => {
    await run(ONE_PART);
    const signal = AbortSignal.abort(new Error('Stopped.'));
    await expect(run('--out out --collect --data stack', { signal })).rejects.toThrow('Stopped.');
    expect(reports).toHaveLength(1);
  });

  it('list how far the trials are, and touch nothing', async () => {
    expect((await run(`${EXPERIMENT} --list`)).text).toMatch(/^2 +unet-a +1 +865 +5 - 6 +3 +300 +not begun$/m);
    expect(existsSync(join(cwd, 'out'))).toBe(false);
    await run(EXPERIMENT, { convert: failingFor('unet') });
    rmSync(join(trial('unet'), 'failure.json'));
    const { text } = await run('--out out --list');
    expect(text).toMatch(/^1 .* begun$/m);
    expect(text).toMatch(/^2 .* done$/m);
  });

  it('need an experiment, and a result to report', async () => {
    await expect(run('--out out --list')).rejects.toThrow(
      '--out must be the folder of an experiment, with its experiment.json',
    );
    await expect(run('--out out --collect')).rejects.toThrow('--out must be the folder of an experiment');
    const { failed, text } = await run(EXPERIMENT, { convert: noDisk });
    expect(failed).toBe(true);
    expect(text).toContain('0 of 2 trials are done.');
    await expect(run('--out out --collect')).rejects.toThrow('No trial of the experiment in');
  });
});

describe('processes at the same time', () => {
  it('never run a trial together: the second takes over what the first has done', async () => {
    let running = 0;
    const train: Services['train'] = async (config, options) => {
      expect(++running).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 50));
      running--;
      return fakeServices().train(config, options);
    };
    await Promise.all([run(EXPERIMENT, { train }), run(EXPERIMENT, { train })]);
    expect(trained.sort()).toEqual(['unet', 'unet-a']);
    expect(notes.some((note) => note.endsWith('works at this trial; waiting for it'))).toBe(true);
    expect(reports[0]).toEqual(reports[1]);
  });

  it('can end the training that a killed one left running', async () => {
    let lock = '';
    const train: Services['train'] = (config, options) => {
      options.onSpawn?.(process.ppid);
      lock = readFileSync(join(options.out, 'run.lock'), 'utf8');
      return fakeServices().train(config, options);
    };
    await run(ONE_SHARD, { train });
    expect(JSON.parse(lock)).toMatchObject({ pid: process.pid, child: { pid: process.ppid } });
    expect(existsSync(join(trial('unet'), 'run.lock'))).toBe(false);
  });

  it('wait for a training that works in the folder of a trial, and leave its files alone', async () => {
    await run(`${EXPERIMENT} --shard 3/3`);
    const begun = join(trial('unet'), 'config.json');
    let waiting: Promise<ExperimentEnd> | undefined;
    await withLock(join(trial('unet'), 'run.lock'), async () => {
      writeFileSync(begun, '{"half":');
      waiting = run(ONE_SHARD);
      const waits = `process ${process.pid} on ${hostname()} works at this trial; waiting for it`;
      await expect.poll(() => notes, { timeout: 60_000 }).toContain(waits);
      expect(trained).toEqual([]);
      expect(readFileSync(begun, 'utf8')).toBe('{"half":');
    });
    expect((await waiting)?.failed).toBe(false);
    expect(trained).toEqual(['unet']);
  });
});

it.each(['hashing the stacks', 'reading the stacks'])('stops while it is %s, and makes no folder', async (phase) => {
  const controller = new AbortController();
  const onProgress = (progress: { readonly phase: string }) => {
    if (progress.phase === phase) controller.abort(new Error('Stopped.'));
  };
  const argv = EXPERIMENT.split(' ');
  const parsed = parseExperiment(argv);
  if (parsed.kind !== 'run') throw new Error('Help instead of a run.');
  const watch = { onNote: () => undefined, onProgress, signal: controller.signal };
  await expect(experimentRequest(parsed, argv, cwd, watch)).rejects.toThrow('Stopped.');
  expect(existsSync(join(cwd, 'out'))).toBe(false);
});

it('makes no folder where it was stopped before', async () => {
  const argv = EXPERIMENT.split(' ');
  const parsed = parseExperiment(argv);
  if (parsed.kind !== 'run') throw new Error('Help instead of a run.');
  const request = await experimentRequest(parsed, argv, cwd);
  const watch = {
    onNote: () => undefined,
    onProgress: () => undefined,
    signal: AbortSignal.abort(new Error('Stopped.')),
  };
  const means = { services: fakeServices(), writeReport: () => Promise.reject(new Error('written')), watch };
  await expect(runExperiment(request, means)).rejects.toThrow('Stopped.');
  expect(existsSync(join(cwd, 'out'))).toBe(false);
});

it('stops when it is asked to, and notes no failure', async () => {
  const controller = new AbortController();
  const convert: Services['convert'] = () => {
    controller.abort(new Error('Stopped.'));
    return Promise.reject(new Error('killed'));
  };
  await expect(run(EXPERIMENT, { convert, signal: controller.signal })).rejects.toThrow('Stopped.');
  expect(trained).toEqual(['unet']);
  expect(existsSync(join(trial('unet'), 'failure.json'))).toBe(false);
  await run(EXPERIMENT);
  expect(trained).toEqual(['unet', 'unet, resumed', 'unet-a']);
});
