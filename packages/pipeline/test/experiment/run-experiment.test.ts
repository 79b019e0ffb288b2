import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectedComponents, readModelCard, withModelCard, type GreyStack } from '@dilated-unet/core';
import { encodeTiffStack } from '@dilated-unet/stacks';
import { readStack } from '@dilated-unet/stacks/node';
import { beforeEach, describe, expect, it } from 'vitest';
import { experimentRequest, parseExperiment } from '../../src/commands/experiment.ts';
import type { TrialResult } from '../../src/experiment/results.ts';
import { runExperiment } from '../../src/experiment/run-experiment.ts';
import type { Services } from '../../src/run/services.ts';
import { fakeServices, rings, writeStackFile } from '../run/fake-services.ts';
import { writePyramid } from '../support/pyramid.ts';
import {
  cwd,
  EXPERIMENT,
  newFolder,
  notes,
  ONE_PART,
  reports,
  resultOf,
  run,
  trained,
  trial,
} from '../support/experiment.ts';

beforeEach(newFolder);

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
