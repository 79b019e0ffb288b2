import { InvalidImageError } from '@dilated-unet/core';
import { addressText } from './address.ts';
import { urlBytes, type ReadOptions } from './bytes.ts';
import {
  ForbiddenFileError,
  type AddressPlace,
  type FilePlace,
  type FolderPlace,
  type PartOptions,
} from './formats/format.ts';
import { innerNames, tooLong } from './inner-path.ts';
import { refused, request, wholeBody } from './request.ts';

/** What a server answers where there is no file. */
const MISSING = [404, 410];
/** What servers of objects answer instead where names may not be listed; also for what may not be read. */
const FORBIDDEN = 403;

/**
 * What lies at the http or https address `url`: a file, as `urlBytes` reads it, or a folder whose files lie below it. A query
 * (`?token=...`) is sent with each, and stands in no message.
 *
 * @example
 * const source = await openPlace(urlPlace('https://example.org/volume.ome.zarr'));
 */
export function urlPlace(url: string | URL): AddressPlace {
  const name = addressText(url);
  const file: FilePlace = { kind: 'file', name, open: (options) => urlBytes(url, options) };
  const at = (path: string): URL => urlInside(url, path);
  const folder: FolderPlace = {
    kind: 'folder',
    name,
    async list(marks, options = {}) {
      const there = await Promise.all(marks.map(async (mark) => exists(at(mark), options)));
      return marks.filter((_, i) => there[i]);
    },
    file: (inner) => ({ kind: 'file', name: addressText(at(inner)), open: (options) => urlBytes(at(inner), options) }),
    read: async (path, options) => readPart(at(path), options),
  };
  return { kind: 'address', file, folder };
}

/** The address of the file or folder at `path` in the folder at `url`, with the same query. */
export function urlInside(url: string | URL, path: string): URL {
  const inner = new URL(url);
  inner.pathname = [inner.pathname.replace(/\/+$/, ''), ...innerNames(path).map(encodeURIComponent)].join('/');
  return inner;
}

function exists(url: URL, options: ReadOptions): Promise<boolean> {
  return request(url, { start: 0, end: 1 }, options, async (response) => {
    await response.body?.cancel().catch(() => undefined);
    if (MISSING.includes(response.status) || response.status === FORBIDDEN) return false;
    if (response.ok || response.status === 416) return true;
    throw refused(url, response);
  });
}

function readPart(url: URL, { part, most, signal }: PartOptions): Promise<Uint8Array<ArrayBuffer> | undefined> {
  return request(url, part, { signal }, async (response) => {
    if (MISSING.includes(response.status)) {
      await response.body?.cancel().catch(() => undefined);
      return undefined;
    }
    if (response.status === FORBIDDEN) {
      throw new ForbiddenFileError(
        `${addressText(url)}: the server answers 403 (forbidden). It may answer so for a file that is missing, which is not known from one ` +
          'that may not be read: allow names to be listed (ListBucket), or download the data.',
      );
    }
    if (response.status !== 200 && response.status !== 206) throw refused(url, response);
    if (part === undefined || response.status === 206) {
      return ofLength(await wholeBody(url, response, { most, tooLong: tooLong(most) }), part, url);
    }
    const whole = await wholeBody(url, response);
    return ofLength('last' in part ? whole.slice(-part.last) : whole.slice(part.start, part.end), part, url);
  });
}

function ofLength(bytes: Uint8Array<ArrayBuffer>, part: PartOptions['part'], url: URL): Uint8Array<ArrayBuffer> {
  const wanted = part === undefined ? bytes.length : 'last' in part ? part.last : part.end - part.start;
  if (bytes.length === wanted) return bytes;
  throw new InvalidImageError(
    `${addressText(url)}: asked for ${wanted} bytes, the server answers with ${bytes.length}. Is the file cut off?`,
  );
}
