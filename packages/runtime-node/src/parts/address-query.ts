import { createHash } from 'node:crypto';

/** Parameters that say who may read and until when, in small letters; they change from run to run. */
const CREDENTIALS =
  /^(token|access_token|x-(amz|goog)-.*|sig|signature|expires|policy|key-pair-id|googleaccessid|awsaccesskeyid|api_?key|auth|jwt|password)$/;
/** As well in an address that Azure has signed, which says so by `sig`. */
const OF_AZURE = /^(sv|ss|srt|sr|sp|st|se|si|sip|spr|sdd|ses|skoid|sktid|skt|ske|sks|skv|skdutid|saoid|suoid|scid)$/;

/**
 * SHA-256, hexadecimal, over the parameters of the query of `address` other than known credentials: by these a server may tell
 * files apart. Undefined where there is none.
 */
export function queryHash(address: string): string | undefined {
  const { searchParams: parameters } = new URL(address);
  const isSigned = parameters.has('sig');
  for (const name of new Set(parameters.keys())) {
    const small = name.toLowerCase();
    if (CREDENTIALS.test(small) || (isSigned && OF_AZURE.test(small))) parameters.delete(name);
  }
  if (parameters.size === 0) return undefined;
  parameters.sort();
  return createHash('sha256').update(parameters.toString()).digest('hex');
}
