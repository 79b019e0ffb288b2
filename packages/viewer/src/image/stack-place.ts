import { InvalidImageError } from '@dilated-unet/core';
import {
  blobBytes,
  FORMATS,
  openPlace,
  urlPlace,
  type OpenOptions,
  type Place,
  type StackSource,
} from '@dilated-unet/stacks';
import { PICTURE } from './picture.ts';

/** Where a stack lies, in a form that can be posted to a worker. */
export type StackPlace =
  | { readonly kind: 'file'; readonly file: File }
  | { readonly kind: 'folder'; readonly name: string; readonly files: readonly PathFile[] }
  | { readonly kind: 'url'; readonly url: string };

/** A file of a folder. */
export interface PathFile {
  /** From the folder, names joined by `/`. */
  readonly path: string;
  readonly file: File;
}

/** How people call it. */
export function placeName(place: StackPlace): string {
  switch (place.kind) {
    case 'file':
      return place.file.name;
    case 'folder':
      return place.name;
    case 'url':
      return (
        decoded(place.url.replace(/[?#].*$/, '').replace(/\/+$/, ''))
          .split('/')
          .at(-1) ?? place.url
      );
  }
}

/** `text` with what stands in it as `%20`; as it is where a `%` stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * The stack at `place`: a TIFF, a PNG, JPEG or what else the browser can show, a folder of sections, or an OME-Zarr. Sections
 * are read when they are asked for.
 *
 * @throws InvalidImageError, beginning with its name, when it cannot be read as one; InvalidOptionError when there is no such
 *   channel, time, image or level; EnvironmentError when the server cannot be reached.
 */
export function openStackPlace(place: StackPlace, options: OpenOptions = {}): Promise<StackSource> {
  return openPlace(placeOf(place), { formats: [...FORMATS, PICTURE], ...options });
}

function placeOf(place: StackPlace): Place {
  switch (place.kind) {
    case 'file':
      return filePlace(place.file, place.file.name);
    case 'folder':
      return folderPlace(place.name, place.files);
    case 'url':
      return urlPlace(place.url);
  }
}

function filePlace(file: File, name: string): Place & { kind: 'file' } {
  return { kind: 'file', name, open: () => Promise.resolve(blobBytes(file)) };
}

function folderPlace(name: string, files: readonly PathFile[]): Place {
  const byPath = new Map(files.map(({ path, file }) => [path, file]));
  return {
    kind: 'folder',
    name,
    list: () => Promise.resolve([...byPath.keys()].filter((path) => !path.includes('/'))),
    file: (inner) => {
      const file = byPath.get(inner);
      if (file === undefined)
        throw new InvalidImageError(`${name} has no file ${inner} any more. Open the folder again.`);
      return filePlace(file, `${name}/${inner}`);
    },
    read: async (path, { part, most, signal }) => {
      const file = byPath.get(path);
      if (file === undefined) return undefined;
      const [start, end] =
        part === undefined
          ? [0, file.size]
          : 'last' in part
            ? [Math.max(0, file.size - part.last), file.size]
            : [part.start, Math.min(part.end, file.size)];
      if (end - start > most) {
        throw new InvalidImageError(`${path} has ${end - start} bytes, more than the ${most} that it may have.`);
      }
      return blobBytes(file).slice(start, end, { signal });
    },
  };
}
