import { EnvironmentError, InvalidImageError, type StopSignal } from '@dilated-unet/core';
import { addressText, withoutUser } from './address.ts';

/** Bytes of a file: `start` (included) to `end` (excluded), or the last ones. */
export type Part = { readonly start: number; readonly end: number } | { readonly last: number };

/** A file from a server that sends no ranges is read whole up to this size, and is an error above it. */
const WHOLE_BYTES = 2 ** 28;
const NO_RANGES = `the server sends no ranges, and the file is larger than ${WHOLE_BYTES} bytes. Serve it from one that does, or download it.`;

/** How often what only acts as an AbortSignal is looked at, milliseconds. */
const LOOK = 50;

/** How long is waited before each further try, and at most where the server names a time, milliseconds. */
const [WAITS, LONGEST_WAIT] = [[200, 400, 800, 1600], 30_000];

/**
 * Asks for `part` of the file at `url`, or for all, and reads the answer by `read`. Where the connection fails, also in the body, or
 * the server is busy (429, 5xx), it tries again a few times.
 *
 * @param read what it throws other than errors of the connection is thrown.
 * @throws EnvironmentError when the server cannot be reached or stays busy.
 */
export async function request<T>(
  url: string | URL,
  part: Part | undefined,
  { signal }: { readonly signal?: StopSignal | undefined },
  read: (response: Response) => Promise<T>,
): Promise<T> {
  if (signal === undefined || signal instanceof AbortSignal) return requestUntil(signal, url, part, read);
  // A run of core takes what acts as an AbortSignal, and passes it on; fetch takes none but a true one.
  const controller = new AbortController();
  const look = (): void => {
    try {
      signal.throwIfAborted();
    } catch (reason) {
      controller.abort(reason);
    }
  };
  look();
  const timer = setInterval(look, LOOK);
  try {
    return await requestUntil(controller.signal, url, part, read);
  } finally {
    clearInterval(timer);
  }
}

async function requestUntil<T>(
  signal: AbortSignal | undefined,
  url: string | URL,
  part: Part | undefined,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const { address, headers } = withoutUser(url);
  if (part) headers.set('Range', 'last' in part ? `bytes=-${part.last}` : `bytes=${part.start}-${part.end - 1}`);
  for (let tries = 0; ; tries++) {
    let failure: EnvironmentError;
    let asked = 0;
    try {
      const response = await fetch(address, { headers, signal: signal ?? null });
      if (response.status !== 429 && response.status < 500) return await read(response);
      await response.body?.cancel();
      failure = busy(url, response);
      asked = Number(response.headers.get('retry-after')) * 1000;
    } catch (cause) {
      signal?.throwIfAborted();
      // What fetch and the bodies of its answers throw where a connection fails.
      if (!(cause instanceof TypeError)) throw cause;
      failure = unreachable(url, cause);
    }
    const wait = WAITS[tries];
    if (wait === undefined) throw failure;
    // A date in place of seconds is NaN.
    await pause(asked > wait ? Math.min(asked, LONGEST_WAIT) : wait, signal);
  }
}

/** The body, of at most `most` bytes. @throws InvalidImageError when it is longer. */
export async function wholeBody(
  url: string | URL,
  response: Response,
  { most = WHOLE_BYTES, tooLong = NO_RANGES }: BodyOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  const next = async (): Promise<Uint8Array<ArrayBuffer> | undefined> => (await reader?.read())?.value;
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

interface BodyOptions {
  readonly most?: number;
  /** What is wrong with more bytes. */
  readonly tooLong?: string;
}

/** The error of an answer that is no file. */
export function refused(url: string | URL, response: Response): InvalidImageError {
  return new InvalidImageError(`${addressText(url)}: the server answers ${statusOf(response)}. Check the address.`);
}

function busy(url: string | URL, response: Response): EnvironmentError {
  const said = `${addressText(url)}: the server answers ${statusOf(response)}, also after ${WAITS.length + 1} tries`;
  return new EnvironmentError(`${said}. Try again later.`);
}

function unreachable(url: string | URL, cause: unknown): EnvironmentError {
  const said = `${addressText(url)} cannot be reached, or the connection breaks off`;
  return new EnvironmentError(`${said}. Check the address, and that the server allows this page.`, { cause });
}

function statusOf({ status, statusText }: Response): string {
  return `${status} ${statusText}`.trim();
}

/** Waits as many milliseconds, or until `signal` is aborted, and throws its reason then. */
async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener('abort', end);
  });
  signal?.throwIfAborted();
}
