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

/** What the build puts here: its name, the files that the page needs before anything is segmented, and the `.wasm` files. */
declare const __BUILD__: string;
declare const __FILES__: readonly string[];
declare const __WASM__: readonly string[];

/** Address of the page; others of its origin may have caches too, and pages of theirs below it. */
const PAGE = scope.registration.scope;
const CACHES = `viewer ${PAGE} `;
const CACHE = `${CACHES}${__BUILD__}`;
/** Names of caches of earlier versions, which did not say the page. */
const NAMELESS = /^viewer-[0-9a-f]{12}$/;

/** Files with a hash in their name, which never change. */
const ASSETS = `${PAGE}assets/`;
const MODELS = `${PAGE}models/`;
const FILES = addresses(['index.html', ...__FILES__]);
const WASM = addresses(__WASM__);

function addresses(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => new URL(name, PAGE).href));
}

scope.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(__FILES__)));
});

// Once no tab has the version before open any more, which may load its files until then.
scope.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      const names = (await caches.keys()).filter((name) => name.startsWith(CACHES) || NAMELESS.test(name));
      const old = names.filter((name) => name !== CACHE);
      for (const name of old) await takeOver(name);
      await Promise.all(old.map((name) => caches.delete(name)));
      await scope.clients.claim();
    })(),
  );
});

/** Keeps what this version would load again, as what its page loaded while the version before still answered. */
async function takeOver(old: string): Promise<void> {
  const [from, to] = await Promise.all([caches.open(old), caches.open(CACHE)]);
  for (const { url } of await from.keys()) {
    if (!url.startsWith(MODELS) && !WASM.has(url)) continue;
    if ((await to.match(url, { ignoreVary: true })) !== undefined) continue;
    const kept = await from.match(url, { ignoreVary: true });
    if (kept !== undefined) await keep(to, url, kept);
  }
}

// The browser answers for all else itself: stacks beside the page are large, and their reading may be given up.
scope.addEventListener('fetch', (event) => {
  const { method, mode, url } = event.request;
  // The page reads nothing of a query.
  const address = url.replace(mode === 'navigate' ? /[?#].*$/ : /#.*$/, '');
  const isKept = FILES.has(address) || address.startsWith(ASSETS) || address.startsWith(MODELS);
  if (isKept && method === 'GET') event.respondWith(answer(event, address));
});

/** What never changes as it is kept; of other files, the newest that can be had. */
async function answer(event: Fetching, address: string): Promise<Response> {
  const { request } = event;
  const cache = await caches.open(CACHE);
  const kept = await cache.match(address, { ignoreVary: true });
  if (kept !== undefined && address.startsWith(ASSETS)) return kept;
  try {
    const response = await fetch(request);
    // Parts of files (206) are not kept; who asks for a part takes the whole too.
    if (response.status === 200) event.waitUntil(keep(cache, address, response.clone()));
    return response;
  } catch (error) {
    if (kept !== undefined) return kept;
    throw error;
  }
}

/** Where there is no room, or the page has given up, the page works on, with a network. */
async function keep(cache: Cache, address: string, response: Response): Promise<void> {
  try {
    await cache.put(address, response);
  } catch {
    // What was kept before stays.
  }
}
