import { messageInFlags } from '@dilated-unet/host';

/** What `work` gives; an error that it throws says what the user reads, with the flags that `flagOf` names. */
export async function inFlags<T>(flagOf: (field: string) => string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw Object.assign(error as Error, { message: messageInFlags(error as Error, flagOf) });
  }
}
