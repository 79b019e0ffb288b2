import { promisify } from 'node:util';
import { deflate } from 'node:zlib';

const compress = promisify(deflate);

/** As `encodeDeflate` of `compression/deflate.ts`, by Node's zlib, in threads of its own. */
export async function encodeDeflate(input: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const { buffer, byteOffset, byteLength } = await compress(input);
  return new Uint8Array(buffer, byteOffset, byteLength);
}
