/**
 * SHA-256 of `bytes`, hexadecimal. Browsers keep their own from pages that are served over plain http, as a laboratory's
 * viewer is; there the same comes from a library.
 */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const { subtle } = (globalThis.crypto ?? {}) as Partial<Crypto>;
  const digest =
    subtle === undefined
      ? (await import('@noble/hashes/sha2.js')).sha256(bytes)
      : new Uint8Array(await subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
