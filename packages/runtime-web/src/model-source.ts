import { InvalidOptionError } from '@dilated-unet/core';
import { pageUrl, type ModelSource } from './options.ts';

/**
 * The model at `source` for another thread: its absolute URL, or its bytes, in memory of their own.
 *
 * @throws InvalidOptionError when a text is no URL.
 */
export function modelOf(source: ModelSource): string | Uint8Array<ArrayBuffer> {
  if (ArrayBuffer.isView(source)) return Uint8Array.from(source);
  // By tag, since a frame's bytes are instances of other classes.
  if (typeof source !== 'string' && !isUrl(source)) return new Uint8Array(source).slice();
  if (URL.canParse(source, pageUrl())) return new URL(source, pageUrl()).href;
  throw new InvalidOptionError('model', 'must be a URL', String(source));
}

const isUrl = (source: URL | ArrayBuffer): source is URL => Object.prototype.toString.call(source) === '[object URL]';
