import type { FileCache, PackagedFile } from '@dilated-unet/model-package';

const CACHE = 'dilated-unet';
/** Parameters by which files are told apart; a server never sees them. */
const [FILE, HASH] = ['dilated-unet-file', 'dilated-unet-sha256'];

/**
 * Keeps the files of the package at `url` in the browser's Cache API, one version of each. Where the browser keeps nothing
 * (private windows, full disks, pages over plain http), nothing is kept, and that is no error.
 */
export function fileCache(url: string): FileCache | undefined {
  if (!('caches' in globalThis) || !/^https?:/.test(url)) return undefined;
  const keyOf = ({ source, sha256 }: PackagedFile): string => {
    const key = new URL(url);
    key.searchParams.set(FILE, source);
    key.searchParams.set(HASH, sha256);
    return key.href;
  };
  return {
    async get(file) {
      try {
        const response = await (await caches.open(CACHE)).match(keyOf(file));
        return response && new Uint8Array(await response.arrayBuffer());
      } catch {
        return undefined;
      }
    },
    async put(file, bytes) {
      try {
        const cache = await caches.open(CACHE);
        const key = keyOf(file);
        for (const { url: other } of await cache.keys()) {
          if (other !== key && withoutHash(other) === withoutHash(key)) await cache.delete(other);
        }
        await cache.put(key, new Response(bytes));
      } catch {
        // Another visit downloads it again.
      }
    },
  };
}

function withoutHash(key: string): string {
  const url = new URL(key);
  url.searchParams.delete(HASH);
  return url.href;
}
