import { withoutCredentials, type FileCache, type PackagedFile } from '@dilated-unet/model-package';

const CACHE = 'dilated-unet';
/** Parameters by which files are told apart; a server never sees them. */
const [FILE, HASH] = ['dilated-unet-file', 'dilated-unet-sha256'];

/** Files of one package that are kept. */
export interface KeptFiles extends FileCache {
  /** The version of a file that was kept last; undefined where there is none. */
  newest(source: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
}

/**
 * Keeps the files of the package at `url` in the browser's Cache API, one version of each, whatever token or signature the address
 * has. Where the browser keeps nothing (private windows, full disks, pages over plain http), nothing is kept, and that is no error.
 */
export function fileCache(url: string): KeptFiles | undefined {
  if (!('caches' in globalThis) || !/^https?:/.test(url)) return undefined;
  const keyOf = ({ source, sha256 }: PackagedFile): string => {
    const key = withoutCredentials(url);
    key.searchParams.set(FILE, source);
    key.searchParams.set(HASH, sha256);
    return key.href;
  };
  const versions = async (cache: Cache, key: string): Promise<readonly Request[]> =>
    (await cache.keys()).filter(({ url: other }) => withoutHash(other) === withoutHash(key));
  return {
    get: (file) => kept(() => keyOf(file)),
    newest: (source) => kept(async (cache) => (await versions(cache, keyOf({ source, sha256: '' })))[0]),
    async put(file, bytes) {
      try {
        const cache = await caches.open(CACHE);
        const key = keyOf(file);
        for (const other of await versions(cache, key)) if (other.url !== key) await cache.delete(other);
        await cache.put(key, new Response(bytes));
      } catch {
        // Another visit downloads it again.
      }
    },
  };
}

/** The bytes under a key; undefined where there are none. */
async function kept(
  keyIn: (cache: Cache) => string | Promise<Request | undefined>,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const cache = await caches.open(CACHE);
    const key = await keyIn(cache);
    const response = key && (await cache.match(key));
    return response ? new Uint8Array(await response.arrayBuffer()) : undefined;
  } catch {
    return undefined;
  }
}

function withoutHash(key: string): string {
  const url = new URL(key);
  url.searchParams.delete(HASH);
  return url.href;
}
