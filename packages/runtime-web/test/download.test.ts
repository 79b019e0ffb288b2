import { archive } from '@dilated-unet/model-package';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hash, tinyPackage, withRdf } from '../../model-package/test/support/tiny-package.ts';
import { serveModels, type ModelServer, type ServerHabits } from './support/model-server.ts';
import { openTestPage, type OpenPage } from './support/page.ts';
import { largestDifference, nativeResult, smallUnet, testImage } from './support/small-unet.ts';

/** A package of which the weights alone are larger than all that is needed. */
function files(): ReadonlyMap<string, Uint8Array> {
  const made = tinyPackage();
  const weights = Uint8Array.from({ length: 400_000 }, (_, i) => (i * i * 2654435761) >>> 24);
  made.files.set('weights.safetensors', weights);
  for (const entry of made.rdf['attachments'] as { source: string; sha256: string }[]) {
    if (entry.source === 'weights.safetensors') entry.sha256 = hash(weights);
  }
  return withRdf(made);
}

const ZIP = archive(files());
const UNUSED = ['model.onnx', 'model-fp16.onnx', 'model-int8.onnx', 'weights.safetensors', 'README.md'];
let opened: OpenPage;
let server: ModelServer;

beforeAll(async () => {
  opened = await openTestPage({ webgpu: false });
  const folder = [...files()].map(([name, bytes]) => [`folder/${name}`, bytes] as const);
  server = await serveModels({ 'tiny.zip': ZIP, 'small.onnx': smallUnet(), ...Object.fromEntries(folder) });
});
afterAll(async () => {
  await opened?.close();
  await server?.close();
});
beforeEach(async () => {
  server.habits = {};
  server.log.length = 0;
  await opened.page.evaluate(() => caches.delete('dilated-unet'));
});

interface Options {
  readonly cache?: boolean;
  readonly user?: string;
}

/** Loads a model of the server in the page. @param user at which the address names the server. */
function load(path: string, { user, ...options }: Options = {}) {
  return opened.page.evaluate(
    async ({ model, options }) => {
      const progress: { loaded: number; total: number }[] = [];
      const onProgress = (step: { loaded: number; total: number }) => progress.push(step);
      const segmenter = await unet.createSegmenter({ model, device: 'wasm', onProgress, ...options });
      const { name } = segmenter.model;
      await segmenter.dispose();
      return { name, progress };
    },
    { model: addressOf(path, user), options },
  );
}

/** What loading throws in the page. */
const refusal = (path: string, user?: string) =>
  opened.page.evaluate(
    (model) => unet.thrownBy(() => unet.createSegmenter({ model, device: 'wasm' })),
    addressOf(path, user),
  );

function addressOf(path: string, user?: string): string {
  return server.url.replace('//', user === undefined ? '//' : `//${user}@`) + path;
}

const sent = (): number => server.log.reduce((sum, { bytes }) => sum + bytes, 0);

describe('of a package on a server', () => {
  it('the form that runs and the test are downloaded, by ranges of the zip', async () => {
    const { name, progress } = await load('tiny.zip');
    expect(name).toBe('Tiny U-net');
    expect(server.log.every(({ range }) => range !== undefined)).toBe(true);
    // The end of the zip, where its directory may lie, is the most of it.
    expect(sent()).toBeLessThan(ZIP.length / 4);
    expect(progress.at(-1)?.loaded).toBe(progress.at(-1)?.total);
    expect(progress.map(({ loaded }) => loaded)).toEqual(progress.map(({ loaded }) => loaded).sort((a, b) => a - b));
  });

  it('the same is downloaded of its folder', async () => {
    expect((await load('folder/')).name).toBe('Tiny U-net');
    const asked = server.log.map(({ path }) => path.replace('folder/', ''));
    expect(asked).toEqual(['rdf.yaml', 'model-wasm.onnx', 'test-input.npy', 'test-output.npy']);
    expect(asked.filter((name) => UNUSED.includes(name))).toEqual([]);
  });

  it.each<[string, ServerHabits]>([
    ['gives no ranges', { ranges: false }],
    ['does not say the size to pages of other origins', { exposed: false }],
  ])('all of the zip is downloaded where the server %s', async (_, habits) => {
    server.habits = habits;
    expect((await load('tiny.zip')).name).toBe('Tiny U-net');
    expect(server.log.at(-1)?.bytes).toBe(ZIP.length);
    expect(server.log.length).toBeLessThanOrEqual(2);
  });

  it('what was downloaded is kept for the next visit, and checked again', async () => {
    await load('tiny.zip');
    const first = server.log.length;
    await load('tiny.zip');
    // Magic, end, description.
    expect(server.log.length - first).toBe(3);
    const keys = await opened.page.evaluate(async () => {
      const cache = await caches.open('dilated-unet');
      const keys = (await cache.keys()).map(({ url }) => url);
      for (const key of keys) await cache.put(key, new Response(Uint8Array.of(1, 2, 3)));
      return keys;
    });
    // The form that runs, the test's input and output, the description.
    expect(keys).toHaveLength(4);
    const second = server.log.length;
    expect((await load('tiny.zip')).name).toBe('Tiny U-net');
    expect(server.log.length - second).toBe(6);
  });

  it('what was downloaded from a signed address is kept for the next signature', async () => {
    await load('tiny.zip?versionId=1&X-Amz-Date=1&X-Amz-Signature=one');
    const first = server.log.length;
    await load('tiny.zip?versionId=1&X-Amz-Date=2&X-Amz-Signature=two');
    expect(server.log.length - first).toBe(3);
    const keys = await opened.page.evaluate(async () => (await (await caches.open('dilated-unet')).keys()).length);
    expect(keys).toBe(4);
  });

  it.each(['tiny.zip', 'folder/'])('what was kept does without a network: %s', async (path) => {
    server.habits = { cors: false };
    expect((await refusal(path))?.message).toMatch(/could not be fetched/);
    server.habits = {};
    await load(path);
    server.habits = { cors: false };
    expect((await load(path)).name).toBe('Tiny U-net');
  });

  it.each([
    ['tiny.zip', 429],
    ['tiny.zip', 503],
    ['folder/', 502],
  ])('what was kept does where the server is busy: %s, %i', async (path, status) => {
    await load(path);
    server.habits = { status };
    expect((await load(path)).name).toBe('Tiny U-net');
  });

  it.each(['tiny.zip', 'folder/'])(
    'user and password of an address are sent, and what comes is kept: %s',
    async (path) => {
      server.habits = { user: 'ada:p@ss' };
      expect((await load(path, { user: 'ada:p%40ss' })).name).toBe('Tiny U-net');
      server.habits = { status: 503 };
      expect((await load(path, { user: 'ada:p%40ss' })).name).toBe('Tiny U-net');
    },
  );

  it('the query of a folder is that of its files', async () => {
    server.habits = { query: '?token=s3cret' };
    expect((await load('folder/?token=s3cret')).name).toBe('Tiny U-net');
  });

  it('nothing is kept where that is not wanted, or the browser keeps nothing', async () => {
    await load('tiny.zip', { cache: false });
    expect(await opened.page.evaluate(() => caches.has('dilated-unet'))).toBe(false);
    const name = await opened.page.evaluate(async (model) => {
      const worker = () => unet.workerWithoutCaches();
      const segmenter = await unet.createSegmenter({ model, device: 'wasm', worker });
      await segmenter.dispose();
      return segmenter.model.name;
    }, `${server.url}tiny.zip`);
    expect(name).toBe('Tiny U-net');
  });
});

describe('a single file on a server', () => {
  it('is downloaded whole', async () => {
    const image = testImage(64, 48);
    const data = await opened.page.evaluate(
      async ({ model, image }) => {
        const segmenter = await unet.createSegmenter({ model, device: 'wasm' });
        const { data } = await segmenter.segmentWhole(image);
        await segmenter.dispose();
        return data;
      },
      { model: `${server.url}small.onnx`, image },
    );
    expect(largestDifference(data, await nativeResult(smallUnet(), image))).toBeLessThan(1e-4);
  });
});

describe('a server that', () => {
  it.each<[string, string, ServerHabits, string, RegExp]>([
    ['does not let the page read', 'tiny.zip', { cors: false }, 'EnvironmentError', /could not be fetched: .*\(CORS\)/],
    ['breaks off', 'tiny.zip', { bytes: 3, closes: true }, 'EnvironmentError', /could not be fetched/],
    [
      'breaks off without ranges',
      'tiny.zip',
      { ranges: false, bytes: 5000, closes: true },
      'EnvironmentError',
      /could not/,
    ],
    ['breaks off in a folder', 'folder/', { bytes: 50, closes: true }, 'EnvironmentError', /could not be fetched/],
    ['has no such zip', 'none.zip', {}, 'InvalidModelError', /none\.zip: the server answered 404/],
    ['has no such folder', 'none/', {}, 'InvalidPackageError', /rdf\.yaml must be in the package; it is missing/],
  ])('%s is an error in words', async (_, path, habits, name, message) => {
    server.habits = habits;
    const thrown = await refusal(path);
    expect(thrown).toMatchObject({ name, known: true });
    expect(thrown?.message).toMatch(message);
  });

  it.each(['tiny.zip', 'folder/'])('is busy is an error in words: %s', async (path) => {
    server.habits = { status: 503 };
    const thrown = await refusal(path);
    expect(thrown).toMatchObject({ name: 'EnvironmentError', known: true });
    expect(thrown?.message).toMatch(/is busy: it answered 503 .*Try again later/);
  });

  it.each<[string, ServerHabits]>([
    ['refuses', { status: 403 }],
    ['is busy', { status: 503 }],
    ['cannot be read', { cors: false }],
  ])('%s is named without what is secret', async (_, habits) => {
    server.habits = habits;
    const thrown = await refusal('tiny.zip?version=2&token=s3cret', 'ada:passw0rd');
    expect(thrown?.message).toContain('/tiny.zip?version=2');
    expect(thrown?.message).not.toMatch(/s3cret|passw0rd|ada/);
  });

  it('sends nothing more leaves the page alive, and loading ends when it is aborted', async () => {
    server.habits = { bytes: 100 };
    const { thrown, ticks } = await opened.page.evaluate(async (model) => {
      const controller = new AbortController();
      let ticks = 0;
      const ticking = setInterval(() => {
        if (++ticks === 20) controller.abort();
      }, 20);
      const { signal } = controller;
      const thrown = await unet.thrownBy(() => unet.createSegmenter({ model, device: 'wasm', signal }));
      clearInterval(ticking);
      return { thrown, ticks };
    }, `${server.url}tiny.zip`);
    expect(thrown).toMatchObject({ name: 'AbortError' });
    expect(ticks).toBe(20);
    server.habits = {};
    expect((await load('tiny.zip')).name).toBe('Tiny U-net');
  });
});
