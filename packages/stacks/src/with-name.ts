import { InvalidImageError } from '@dilated-unet/core';

/** What `action` gives; its errors about the image say which file it is. */
export async function withName<T>(name: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (!(cause instanceof InvalidImageError)) throw cause;
    throw new InvalidImageError(`${name}: ${cause.message}`, { cause });
  }
}
