import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnvironmentError, InvalidModelError } from '@dilated-unet/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { openModel } from '@dilated-unet/model-package';
import { createSegmenter, type NodeSegmenter } from '../src/index.ts';
import { loadOnFirst } from '../src/load.ts';
import { ModelWorker } from '../src/worker/model-worker.ts';
import { temporaryFolder } from '../../stacks/test/support/folder.ts';
import { noise } from '../../stacks/test/support/images.ts';
import { model } from './support/models.ts';

const folder = temporaryFolder();

test('concurrent calls are served one after another, in order', async () => {
  const segmenter = await createSegmenter({ model: model(), device: 'cpu' });
  const log: string[] = [];
  const call = async (name: string, size: number): Promise<void> => {
    for await (const part of segmenter.segment(noise(size, size), { tile: 256 })) {
      if (part.done === 1) log.push(`${name} begins`);
      if (part.done === part.total) log.push(`${name} ends`);
    }
  };
  await Promise.all([
    call('a', 512),
    call('b', 64),
    call('c', 512),
    segmenter.segmentWhole(noise(8, 8)).then(() => log.push('d')),
  ]);
  expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends', 'd']);
  await segmenter.dispose();
});

test('a loop that is left lets the next call in', async () => {
  const segmenter = await createSegmenter({ model: model(), device: 'cpu' });
  for await (const part of segmenter.segment(noise(512, 512), { tile: 256 })) if (part.done === 1) break;
  expect((await segmenter.segmentWhole(noise(16, 16))).data).toHaveLength(256);
  await segmenter.dispose();
});

test('the event loop stays free while the model runs', async () => {
  const segmenter = await createSegmenter({ model: model(), device: 'cpu' });
  const log: string[] = [];
  const turns = async (): Promise<void> => {
    for (let i = 0; i < 5; i++) await sleep(0);
    log.push('5 timers');
  };
  const run = segmenter.segmentWhole(noise(1024, 1024)).then(() => log.push('segmented'));
  await Promise.all([run, turns()]);
  expect(log).toEqual(['5 timers', 'segmented']);
  await segmenter.dispose();
});

test('a disposed segmenter refuses calls, and what was under way fails', async () => {
  const segmenter = await createSegmenter({ model: model(), device: 'cpu' });
  const underWay = segmenter.segmentWhole(noise(512, 512));
  const failure = expect(underWay).rejects.toThrow(/disposed/);
  await sleep(0);
  await segmenter.dispose();
  await failure;
  await expect(segmenter.segmentWhole(noise(8, 8))).rejects.toThrow(EnvironmentError);
  await segmenter.dispose();
});

describe('the end of a process', () => {
  beforeAll(() => writeFileSync(folder.file('model.onnx'), model()));

  /** Runs `body` after the lines that import the package and begin to load a model. */
  function run(body: string): { status: number | null; signal: string | null; stdout: string; stderr: string } {
    const script = `
      import { createSegmenter } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};
      const loading = createSegmenter({ model: ${JSON.stringify(folder.file('model.onnx'))}, device: 'cpu' });
      const image = (size) => ({ width: size, height: size, data: new Uint8Array(size * size) });
      ${body}
    `;
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    return { status, signal, stdout, stderr };
  }

  test('an idle model does not hold it up, and work under way is finished', () => {
    const body = `(await loading).segmentWhole(image(256)).then((r) => console.log(String(r.data.length)));`;
    expect(run(body)).toEqual({ status: 0, signal: null, stdout: '65536\n', stderr: '' });
  });

  test.each([0, 1, 50, 300])('process.exit %s ms into a run keeps its code: ONNX Runtime does not abort it', (ms) => {
    const body = `void (await loading).segmentWhole(image(1024)); setTimeout(() => process.exit(3), ${ms});`;
    expect(run(body)).toEqual({ status: 3, signal: null, stdout: '', stderr: '' });
  });

  test.each([0, 20, 60, 120])('process.exit %s ms into loading keeps its code', (ms) => {
    expect(run(`setTimeout(() => process.exit(3), ${ms});`)).toEqual({
      status: 3,
      signal: null,
      stdout: '',
      stderr: '',
    });
  });
});

test('many segmenters, one after another, do not pile up memory', async () => {
  const rounds = async (count: number): Promise<number> => {
    for (let i = 0; i < count; i++) {
      const segmenter = await createSegmenter({ model: model(), device: 'cpu' });
      await segmenter.segmentWhole(noise(256, 256));
      await segmenter.dispose();
    }
    return process.memoryUsage().rss;
  };
  const before = await rounds(3);
  const after = await rounds(12);
  // One session with its arena at 256 x 256 takes about 20 MB: twelve that were kept would show.
  expect(after - before).toBeLessThan(100 * 2 ** 20);
});

const FAULTY = new URL('./fixtures/faulty-worker.mjs', import.meta.url);
const faulty = (fault: number): Promise<ModelWorker> =>
  ModelWorker.start(
    { model: Uint8Array.of(fault), card: { input: 'a', output: 'b' }, device: 'cpu', threads: 1 },
    FAULTY,
  );

test.each([
  { fault: 1, what: 'ends', message: /the model has stopped: it ended with code 7/ },
  { fault: 2, what: 'throws', message: /the model has stopped: the engine caught fire/ },
])('when the thread $what, tiles under way and later ones fail', async ({ fault, message }) => {
  const worker = await faulty(fault);
  const tiles = [1, 2, 3].map(() => worker.predict(new Float32Array(64), { width: 8, height: 8 }));
  for (const result of await Promise.allSettled(tiles)) {
    expect(result).toMatchObject({ status: 'rejected', reason: expect.any(EnvironmentError) as Error });
    expect((result as PromiseRejectedResult).reason).toHaveProperty('message', expect.stringMatching(message));
  }
  await expect(worker.predict(new Float32Array(64), { width: 8, height: 8 })).rejects.toThrow(message);
  await worker.close(new EnvironmentError('closed'));
});

test.each([
  { fault: 0, message: /it ended with code 9/ },
  { fault: 3, message: /its first answer was "predicted"/ },
])('a thread that fails at its start is an error (fault $fault)', async ({ fault, message }) => {
  const failure = await faulty(fault).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(EnvironmentError);
  expect((failure as Error).message).toMatch(message);
});

test.each([
  { devices: ['cuda', 'cpu'] as const, what: 'the next device is taken' },
  { devices: ['cuda'] as const, what: 'the error says what to install' },
])('where CUDA is missing, $what ($devices)', async ({ devices }) => {
  const opened = await openModel(model());
  const result = await loadOnFirst(devices, opened, { precision: 'auto', threads: 1, memory: undefined }).catch(
    (error: unknown) => error,
  );
  const advice = /The device cuda cannot be used: .*onnxruntime-gpu 1\.30\.0/;
  if (result instanceof Error) {
    expect(devices).not.toContain('cpu');
    expect(result).toBeInstanceOf(EnvironmentError);
    expect(result.message).toMatch(advice);
  } else {
    const segmenter = result as NodeSegmenter;
    expect(devices).toContain(segmenter.device);
    if (segmenter.device === 'cpu') expect(segmenter.fallbackReason).toMatch(advice);
    expect((await segmenter.segmentWhole(noise(8, 8))).data.length).toBe(64);
    await segmenter.dispose();
  }
});

test('a model that no device can load is the fault of the model', async () => {
  const setup = {
    model: Uint8Array.of(1, 2, 3),
    card: { input: 'a', output: 'b' },
    device: 'cuda' as const,
    threads: 1,
  };
  await expect(ModelWorker.start(setup)).rejects.toThrow(InvalidModelError);
});
