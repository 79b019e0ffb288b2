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
  addEventListener(type: 'install' | 'activate', act: (event: Lasting) => void): void;
  addEventListener(type: 'fetch', act: (event: Fetching) => void): void;
}
const scope = globalThis as unknown as Scope;

/** What the build puts here: its name, and the files that the page needs before anything is segmented. */
declare const __BUILD__: string;
declare const __FILES__: readonly string[];

/** Address of the page; others of its origin may have caches too, and pages of theirs below it. */
const PAGE = scope.registration.scope;
const CACHES = `viewer ${PAGE} `;
const CACHE = `${CACHES}${__BUILD__}`;

/** Files with a hash in their name, which never change. */
const ASSETS = `${PAGE}assets/`;
const MODELS = `${PAGE}models/`;
const FILES = new Set(['index.html', ...__FILES__].map((name) => new URL(name, PAGE).href));

scope.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(__FILES__)));
});

// Once no tab has the version before open any more, which may load its files until then.
scope.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      const old = (await caches.keys()).filter((name) => name.startsWith(CACHES) && name !== CACHE);
      await Promise.all(old.map((name) => caches.delete(name)));
      await scope.clients.claim();
    })(),
  );
});

// The browser answers for all else itself: stacks beside the page are large, and their reading may be given up.
scope.addEventListener('fetch', (event) => {
  const { method, url } = event.request;
  const address = url.replace(/#.*$/, '');
  const isKept = FILES.has(address) || address.startsWith(ASSETS) || address.startsWith(MODELS);
  if (isKept && method === 'GET') event.respondWith(answer(event, address.startsWith(ASSETS)));
});

/** What never changes as it is kept; of other files, the newest that can be had. */
async function answer(event: Fetching, isLasting: boolean): Promise<Response> {
  const { request } = event;
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request, { ignoreVary: true });
  if (kept !== undefined && isLasting) return kept;
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

/** Where there is no room, or the page has given up, the page works on, with a network. */
async function keep(cache: Cache, request: Request, response: Response): Promise<void> {
  try {
    await cache.put(request, response);
  } catch {
    // What was kept before stays.
  }
}
