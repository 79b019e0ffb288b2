import { encodeTiffStack } from '../../src/index.ts';
import { patchTag } from './patch.ts';

/** A file of one page of 64 x 64 uint8 pixels whose only strip, of 4096 bytes once decoded, is stored as `strip`. */
export async function fileWithStrip(strip: Uint8Array, compression: number): Promise<Uint8Array> {
  const file = await encodeTiffStack({ width: 64, height: 64, depth: 1, data: new Uint8Array(4096) });
  const patched = patchTag(patchTag(patchTag(file, 273, file.length), 279, strip.length), 259, compression);
  return new Uint8Array(Buffer.concat([patched, strip]));
}
