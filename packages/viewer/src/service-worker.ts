/** Keeps what was loaded, so that the page works without a network. */
export {};

/** What is used of a service worker; the library of its types cannot stand beside that of pages. */
interface Lasting {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Lasting {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Scope {
  readonly clients: { claim(): Promise<void> };
  readonly registration: { readonly scope: string };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', act: (event: Lasting) => void): void;
  addEventListener(type: 'fetch', act: (event: Fetching) => void): void;
}
const scope = globalThis as unknown as Scope;

/** What the build puts here: its name, and the files that the page needs before anything is segmented. */
declare const __BUILD__: string;
declare const __FILES__: readonly string[];

const CACHE = `viewer-${__BUILD__}`;

scope.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(__FILES__)));
  void scope.skipWaiting();
});

scope.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      const old = (await caches.keys()).filter((name) => name.startsWith('viewer-') && name !== CACHE);
      await Promise.all(old.map((name) => caches.delete(name)));
      await scope.clients.claim();
    })(),
  );
});

scope.addEventListener('fetch', (event) => {
  const isOwn = event.request.url.startsWith(scope.registration.scope);
  if (isOwn && event.request.method === 'GET') event.respondWith(answer(event));
});

/** Files with a hash in their name never change; of others, the newest that can be had. */
async function answer(event: Fetching): Promise<Response> {
  const { request } = event;
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request, { ignoreVary: true });
  if (kept !== undefined && request.url.includes('/assets/')) return kept;
  try {
    const response = await fetch(request);
    // Parts of files (206) are not kept; who asks for a part takes the whole too.
    if (response.status === 200) event.waitUntil(keep(cache, request, response.clone()));
    return response;
  } catch (error) {
    if (kept !== undefined) return kept;
    throw error;
  }
}

/** Where there is no room, the page works on, with a network. */
async function keep(cache: Cache, request: Request, response: Response): Promise<void> {
  try {
    await cache.put(request, response);
  } catch {
    await cache.delete(request);
  }
}
