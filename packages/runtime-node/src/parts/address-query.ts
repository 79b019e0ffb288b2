import { createHash } from 'node:crypto';
import { withoutCredentials } from '@dilated-unet/model-package';

/**
 * SHA-256, hexadecimal, over the parameters of the query of `address` other than known credentials: by these a server may tell
 * files apart. Undefined where there is none.
 */
export function queryHash(address: string): string | undefined {
  const { searchParams: parameters } = withoutCredentials(address);
  if (parameters.size === 0) return undefined;
  parameters.sort();
  return createHash('sha256').update(parameters.toString()).digest('hex');
}
