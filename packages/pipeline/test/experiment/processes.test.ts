import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { withLock } from '@dilated-unet/host';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ExperimentEnd } from '../../src/experiment/run-experiment.ts';
import type { Services } from '../../src/run/services.ts';
import { fakeServices } from '../run/fake-services.ts';
import {
  cwd,
  EXPERIMENT,
  failingFor,
  newFolder,
  noDisk,
  notes,
  ONE_PART,
  ONE_SHARD,
  reports,
  run,
  trained,
  trial,
} from '../support/experiment.ts';

beforeEach(newFolder);

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
