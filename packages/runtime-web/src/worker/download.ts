import { EnvironmentError, InvalidModelError, InvalidPackageError } from '@dilated-unet/core';
import { DESCRIPTION, withoutCredentials, type ByteSource, type PackageFiles } from '@dilated-unet/model-package';
import { messageOf } from '../rpc/message-of.ts';
import type { Progress } from '../rpc/protocol.ts';

/** The first bytes say what a file is. */
const MAGIC_BYTES = 4;
/** Names that a description may have beside `rdf.yaml`; in a folder on a server only that one is looked for. */
const OTHER_DESCRIPTIONS = ['bioimageio.yaml', 'model.yaml'];

/**
 * A model at a URL, which may have a user and a password.
 *
 * @throws InvalidModelError when there is none; EnvironmentError when the server cannot be reached or is busy (429, 5xx), or sends
 *   other bytes than were asked for. So throw its sources when they are read.
 */
export class Download {
  readonly #url: string;
  readonly #tell: (progress: Progress) => void;
  #loaded = 0;
  #total = 0;

  /** @param tell is told how much has come. */
  constructor(url: string, tell: (progress: Progress) => void) {
    this.#url = url;
    this.#tell = tell;
  }

  /**
   * The files of a package's folder where the path of the URL ends in `/`; they are asked for with its query. Else a file of which
   * only parts are downloaded, or its bytes where the server gives no parts.
   */
  async open(): Promise<Uint8Array<ArrayBuffer> | ByteSource | PackageFiles> {
    if (new URL(this.#url).pathname.endsWith('/')) return this.#folder();
    // A range from a first to a last byte asks servers of other origins for no permission beforehand, unless the URL has a user.
    const response = await this.#fetch(this.#url, { Range: `bytes=0-${MAGIC_BYTES - 1}` });
    const size = sizeOf(response);
    if (size !== undefined) {
      const magic = await this.#body(response);
      const isKnown = (start: number, end: number): boolean => start === 0 && end === magic.length;
      return {
        size,
        read: async (start: number, end: number) => {
          if (isKnown(start, end)) return magic;
          // Browsers and service workers keep whole files.
          return start === 0 && end === size
            ? this.#body(this.#require(await this.#fetch(this.#url)))
            : this.#range(start, end);
        },
      };
    }
    const isWhole = response.status === 200;
    if (!isWhole) await response.body?.cancel().catch(() => undefined);
    return this.#body(this.#require(isWhole ? response : await this.#fetch(this.#url)));
  }

  #folder(): PackageFiles {
    return {
      has: mayBeThere,
      read: async (name, most) => {
        const file = new URL(name, this.#url);
        file.search = new URL(this.#url).search;
        const response = await this.#fetch(file.href);
        if (response.status === 404) throw new InvalidPackageError(name, 'must be in the package; it is missing');
        return this.#body(this.#require(response), (bytes) => {
          if (bytes > most) throw new InvalidPackageError(name, `must have at most ${most} bytes`);
        });
      },
    };
  }

  async #range(start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    const response = this.#require(await this.#fetch(this.#url, { Range: `bytes=${start}-${end - 1}` }));
    const bytes = await this.#body(response);
    if (response.status === 206 && bytes.length === end - start) return bytes;
    throw new EnvironmentError(
      `The server of ${nameOf(this.#url)} was asked for bytes ${start} to ${end - 1} and sent ${bytes.length} others. Try again; if ` +
        'that happens again, its range requests are broken: give the folder of the package instead.',
    );
  }

  async #fetch(url: string, headers: Record<string, string> = {}): Promise<Response> {
    const { address, ...user } = withoutUser(url);
    try {
      return await fetch(address, { headers: { ...headers, ...user } });
    } catch (cause) {
      throw this.#unreachable(cause);
    }
  }

  /** @throws InvalidModelError when `response` isn't the model; EnvironmentError when the server is busy. */
  #require(response: Response): Response {
    const { ok, status, statusText, headers } = response;
    const name = nameOf(response.url || this.#url);
    const there = `There is no model at ${name}: the server answered`;
    const answer = `${status} ${statusText}`.trimEnd();
    if (status === 429 || status >= 500) {
      throw new EnvironmentError(`The server of ${name} is busy: it answered ${answer}. Try again later.`);
    }
    if (!ok) throw new InvalidModelError(`${there} ${answer}. Check the address.`);
    // Servers of single-page applications answer every unknown address with the page.
    if (headers.get('content-type')?.startsWith('text/html') === true) {
      throw new InvalidModelError(`${there} with a web page. Check the address.`);
    }
    return response;
  }

  /** @param check is asked after each piece whether so many bytes may come. */
  async #body(response: Response, check: (bytes: number) => void = () => undefined): Promise<Uint8Array<ArrayBuffer>> {
    const declared = response.headers.has('content-encoding') ? 0 : Number(response.headers.get('content-length') ?? 0);
    this.#total += declared;
    const chunks: Uint8Array[] = [];
    let length = 0;
    try {
      for await (const chunk of piecesOf(response)) {
        chunks.push(chunk);
        length += chunk.length;
        this.#loaded += chunk.length;
        this.#total = Math.max(this.#total, this.#loaded);
        this.#tell({ loaded: this.#loaded, total: this.#total });
        check(length);
      }
    } catch (cause) {
      if (cause instanceof InvalidPackageError) throw cause;
      throw this.#unreachable(cause);
    }
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  #unreachable(cause: unknown): EnvironmentError {
    return new EnvironmentError(
      `The model at ${nameOf(this.#url)} could not be fetched: ${messageOf(cause)}. Check the network, and that its server allows ` +
        'this page (CORS).',
      { cause },
    );
  }
}

/** `url` as messages name it: without what is secret. */
function nameOf(url: string): string {
  return withoutCredentials(url).href;
}

/** `url` without a user and password, which fetch refuses in an address, and the header that says them in their place. */
function withoutUser(url: string): { readonly address: string; readonly Authorization?: string } {
  const address = new URL(url);
  const { username, password } = address;
  if (username + password === '') return { address: url };
  address.username = address.password = '';
  const bytes = `${username}:${password}`.replace(/%[\da-f]{2}/gi, (hex) =>
    String.fromCharCode(parseInt(hex.slice(1), 16)),
  );
  return { address: address.href, Authorization: `Basic ${btoa(bytes)}` };
}

/** The files of a package of which only the description is here; of the others, reading throws `reason`. */
export function filesBehind(description: Uint8Array<ArrayBuffer>, reason: Error): PackageFiles {
  return {
    has: mayBeThere,
    read: (name) => (name === DESCRIPTION ? Promise.resolve(description) : Promise.reject(reason)),
  };
}

/** Which files a package has is known when they are read; it has one description. */
const mayBeThere = (name: string): Promise<boolean> => Promise.resolve(!OTHER_DESCRIPTIONS.includes(name));

/** Bytes of the file of which `response` has a part; undefined where it is no part, or the server does not let the page know. */
function sizeOf({ status, headers }: Response): number | undefined {
  const [, size] = /^bytes \d+-\d+\/(\d+)$/.exec(headers.get('content-range') ?? '') ?? [];
  return status === 206 && size !== undefined ? Number(size) : undefined;
}

async function* piecesOf({ body }: Response): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true };
    if (done || value === undefined) return;
    yield value;
  }
}
