import { EnvironmentError } from '@dilated-unet/core';

/** What `loading` gives, the decoder of `name`. @throws EnvironmentError where it cannot be had. */
export async function loaded<T>(name: string, loading: Promise<T>): Promise<T> {
  return loading.catch((cause: unknown) => {
    throw new EnvironmentError(
      `The decoder of ${name} cannot be loaded. In a page, check the connection to its server, and that the server has ` +
        'all files of the page; with the dev server of Vite, take the settings of the README; in Node, install the ' +
        'packages again (npm ci).',
      { cause },
    );
  });
}

/** What a decoder throws; the caller adds where the data lies and turns it into an InvalidImageError. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

/** Who rewrites a file that is not read: the key of a command in `schemes.ts`. */
export type Rewriter = 'libtiff' | 'tifffile';

/** What a decoder throws for data that is not damaged but more than it can do. The message says what it is. */
export class UnsupportedError extends DecodeError {
  readonly rewriter: Rewriter;

  constructor(message: string, rewriter: Rewriter = 'tifffile') {
    super(message);
    this.rewriter = rewriter;
  }
}

/** The error of a block that does not end where it should. */
export function tooLong(limit: number): DecodeError {
  return new DecodeError(`it decodes to more than the ${limit} bytes that it can hold`);
}
