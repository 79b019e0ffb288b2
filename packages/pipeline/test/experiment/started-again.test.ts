import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { rings, writeStackFile } from '../run/fake-services.ts';
import {
  cwd,
  EXPERIMENT,
  failingFor,
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

    notes.length = 0;
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
