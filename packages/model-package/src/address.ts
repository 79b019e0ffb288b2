/** Parameters that say who may read and until when, in small letters; they change from run to run. */
const CREDENTIALS =
  /^(token|access_token|x-(amz|goog)-.*|sig|signature|expires|policy|key-pair-id|googleaccessid|awsaccesskeyid|api_?key|auth|jwt|password)$/;
/** As well in an address that Azure has signed, which says so by `sig`. */
const OF_AZURE = /^(sv|ss|srt|sr|sp|st|se|si|sip|spr|sdd|ses|skoid|sktid|skt|ske|sks|skv|skdutid|saoid|suoid|scid)$/;

/**
 * `address` without user and password, and without what of its query is known to be a token or signature: by the rest a server may
 * tell files apart.
 */
export function withoutCredentials(address: string): URL {
  const url = new URL(address);
  url.username = url.password = '';
  const isSigned = url.searchParams.has('sig');
  for (const name of new Set(url.searchParams.keys())) {
    const small = name.toLowerCase();
    if (CREDENTIALS.test(small) || (isSigned && OF_AZURE.test(small))) url.searchParams.delete(name);
  }
  return url;
}
