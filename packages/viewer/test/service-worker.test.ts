import { beforeEach, expect, it, vi } from 'vitest';

const PAGE = 'https://files.test/v1/';

interface Event {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
  waitUntil(work: unknown): void;
}

/** What the caches of the origin have: addresses by the names of caches. */
let caches: Map<string, Map<string, Response>>;
/** Addresses that were asked of the network, and whether there is one. */
let asked: string[];
let isOnline: boolean;

beforeEach(() => {
  caches = new Map();
  [asked, isOnline] = [[], true];
  vi.stubGlobal('caches', {
    keys: () => Promise.resolve([...caches.keys()]),
    delete: (name: string) => Promise.resolve(caches.delete(name)),
    open(name: string) {
      const kept = caches.get(name) ?? new Map<string, Response>();
      caches.set(name, kept);
      const addressOf = (of: Request | string): string => (typeof of === 'string' ? of : of.url).replace(/#.*$/, '');
      return Promise.resolve({
        addAll: (files: readonly string[]) =>
          files.forEach((file) => kept.set(new URL(file, PAGE).href, new Response())),
        keys: () => Promise.resolve([...kept.keys()].map((address) => new Request(address))),
        match: (request: Request | string) => Promise.resolve(kept.get(addressOf(request))?.clone()),
        put: async (request: Request | string, response: Response) => {
          const body = await response.arrayBuffer();
          kept.set(addressOf(request), new Response(body));
        },
      });
    },
  });
  vi.stubGlobal('fetch', ({ url }: Request) => {
    asked.push(url);
    return isOnline ? Promise.resolve(new Response('new')) : Promise.reject(new TypeError('offline'));
  });
});

/** The worker of the page at `PAGE`, as a build named it, with its file of WebAssembly. */
async function workerOf(build: string, wasm = 'assets/ort-2.wasm') {
  vi.resetModules();
  const acts = new Map<string, (event: Event) => void>();
  const skipWaiting = vi.fn(() => Promise.resolve());
  vi.stubGlobal('addEventListener', (type: string, act: (event: Event) => void) => acts.set(type, act));
  vi.stubGlobal('registration', { scope: PAGE });
  vi.stubGlobal('clients', { claim: () => Promise.resolve() });
  vi.stubGlobal('skipWaiting', skipWaiting);
  vi.stubGlobal('__BUILD__', build);
  vi.stubGlobal('__FILES__', ['./', 'icon.svg', 'models.json', 'assets/index-1.js']);
  vi.stubGlobal('__WASM__', [wasm]);
  await import('../src/service-worker.ts');
  /** @returns the answer; undefined where it is left to the browser. */
  async function tell(type: string, path = '', mode: RequestMode = 'cors'): Promise<Response | undefined> {
    const works: unknown[] = [];
    let answer: Promise<Response> | undefined;
    acts.get(type)?.({
      // No script makes a request to navigate.
      request: Object.defineProperty(new Request(new URL(path, PAGE)), 'mode', { value: mode }),
      respondWith: (given) => void (answer = given),
      waitUntil: (work) => works.push(work),
    });
    await answer?.catch(() => undefined);
    await Promise.all(works);
    return answer;
  }
  return { tell, skipWaiting };
}

it('a new version drops the files of the one before, and no others of its origin', async () => {
  await (await workerOf('a')).tell('install');
  const others = ['viewer https://files.test/ a', 'viewer https://files.test/v1/old/ a', 'viewer-notes'];
  for (const name of others) caches.set(name, new Map());
  const [before] = caches.keys();
  const { tell, skipWaiting } = await workerOf('b');
  await tell('install');
  // Tabs of the version before have what they may yet load.
  expect(skipWaiting).not.toHaveBeenCalled();
  expect([...caches.keys()]).toContain(before);
  caches.set('viewer-0123456789ab', new Map());
  await tell('activate');
  expect([...caches.keys()].filter((name) => !others.includes(name))).toHaveLength(1);
  expect([...caches.keys()]).toEqual(expect.arrayContaining(others));
  expect([...caches.keys()]).not.toContain(before);
});

it.each(['volume.zarr/c/0/0/0', 'volume.zarr/assets/0', 'v2/index.html', 'other.html', 'icon.svg?size=1'])(
  '%s, which is no part of the page, is left to the browser',
  async (path) => {
    const { tell } = await workerOf('a');
    expect(await tell('fetch', path)).toBeUndefined();
    expect(asked).toEqual([]);
  },
);

it('what the page has used is there without a network: itself, its files, its models', async () => {
  const { tell } = await workerOf('a');
  await tell('install');
  const used = ['', '#section=2', 'index.html', 'icon.svg', 'models.json', 'assets/ort-2.wasm', 'models/phantom.zip'];
  for (const path of used) expect(await (await tell('fetch', path))?.text(), path).toBe('new');
  isOnline = false;
  for (const path of used) expect(await (await tell('fetch', path))?.text(), path).toBe('new');
});

it('files that never change are asked for once, others each time', async () => {
  const { tell } = await workerOf('a');
  for (const path of ['assets/ort-2.wasm', 'assets/ort-2.wasm', 'models.json', 'models.json'])
    await tell('fetch', path);
  expect(asked.map((url) => url.slice(PAGE.length))).toEqual(['assets/ort-2.wasm', 'models.json', 'models.json']);
});

it('a download that is given up leaves what was kept before', async () => {
  const { tell } = await workerOf('a');
  await tell('fetch', 'models/phantom.zip');
  const broken = new ReadableStream({ pull: (control) => control.error(new Error('was given up')) });
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(broken)));
  await tell('fetch', 'models/phantom.zip');
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('offline')));
  expect(await (await tell('fetch', 'models/phantom.zip'))?.text()).toBe('new');
});

it('a new version keeps the models and the WebAssembly that it would load again, and nothing else of the one before', async () => {
  const before = await workerOf('a');
  await before.tell('install');
  for (const path of [
    'models/phantom.zip',
    'models/own.zip',
    'assets/ort-1.wasm',
    'assets/ort-2.wasm',
    'assets/old.js',
  ])
    await before.tell('fetch', path);
  const { tell } = await workerOf('b');
  await tell('install');
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('newer')));
  await tell('fetch', 'models/own.zip');
  await tell('activate');
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('offline')));
  for (const [path, said] of [
    ['models/phantom.zip', 'new'],
    ['models/own.zip', 'newer'],
    ['assets/ort-2.wasm', 'new'],
  ] as const) {
    expect(await (await tell('fetch', path))?.text(), path).toBe(said);
  }
  for (const path of ['assets/ort-1.wasm', 'assets/old.js']) await expect(tell('fetch', path), path).rejects.toThrow();
});

it('the page is there without a network also where its address has a query', async () => {
  const { tell } = await workerOf('a');
  await tell('fetch', '', 'navigate');
  isOnline = false;
  for (const path of ['?from=mail', '?from=mail#section=2'])
    expect(await (await tell('fetch', path, 'navigate'))?.text(), path).toBe('new');
});
