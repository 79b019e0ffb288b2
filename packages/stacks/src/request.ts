import { EnvironmentError, InvalidImageError } from '@dilated-unet/core';
import { addressText } from './address.ts';
import type { ReadOptions } from './bytes.ts';

/** Bytes of a file: `start` (included) to `end` (excluded), or the last ones. */
export type Part = { readonly start: number; readonly end: number } | { readonly last: number };

/** A file from a server that sends no ranges is read whole up to this size, and is an error above it. */
const WHOLE_BYTES = 2 ** 28;
const NO_RANGES = `the server sends no ranges, and the file is larger than ${WHOLE_BYTES} bytes. Serve it from one that does, or download it.`;

/** Asks for `part` of the file at `url`, or for all. @throws EnvironmentError when it cannot be reached. */
export async function request(url: string | URL, part: Part | undefined, { signal }: ReadOptions): Promise<Response> {
  const range = part && ('last' in part ? `bytes=-${part.last}` : `bytes=${part.start}-${part.end - 1}`);
  try {
    return await fetch(url, { headers: range === undefined ? {} : { Range: range }, signal: signal ?? null });
  } catch (cause) {
    signal?.throwIfAborted();
    throw unreachable(url, cause);
  }
}

/** The body, of at most `most` bytes. @throws InvalidImageError when it is longer, EnvironmentError when it breaks off. */
export async function wholeBody(
  url: string | URL,
  response: Response,
  { signal, most = WHOLE_BYTES, tooLong = NO_RANGES }: BodyOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  const next = async (): Promise<Uint8Array<ArrayBuffer> | undefined> => {
    try {
      return (await reader?.read())?.value;
    } catch (cause) {
      signal?.throwIfAborted();
      throw unreachable(url, cause);
    }
  };
  for (let part = await next(); part !== undefined; part = await next()) {
    length += part.length;
    if (length > most) {
      await reader?.cancel();
      throw new InvalidImageError(`${addressText(url)}: ${tooLong}`);
    }
    chunks.push(part);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

interface BodyOptions extends ReadOptions {
  readonly most?: number;
  /** What is wrong with more bytes. */
  readonly tooLong?: string;
}

/** The error of an answer that is no file. */
export function refused(url: string | URL, { status, statusText }: Response): InvalidImageError {
  return new InvalidImageError(
    `${addressText(url)}: the server answers ${`${status} ${statusText}`.trim()}. Check the address.`,
  );
}

function unreachable(url: string | URL, cause: unknown): EnvironmentError {
  return new EnvironmentError(
    `${addressText(url)} cannot be reached. Check the address, and that the server allows this page.`,
    {
      cause,
    },
  );
}
