import type { CodecTags } from '../compression/decoder.ts';
import type { Compression } from '../compression/schemes.ts';
import { TAG } from '../tags.ts';
import { damaged, readNumber, type Directory } from './directory.ts';

/** The tags of `directory` that `compression` needs. @throws InvalidImageError for values that cannot be. */
export async function readCodecTags(directory: Directory, compression: Compression): Promise<CodecTags> {
  const fillOrder = await readNumber(directory, TAG.fillOrder, 'FillOrder', 1);
  if (fillOrder !== 1 && fillOrder !== 2) throw damaged(directory, `FillOrder is ${fillOrder}`);
  const reversedBits = fillOrder === 2;
  switch (compression) {
    case 'fax3':
      return { reversedBits, faxOptions: await readNumber(directory, TAG.t4Options, 'T4Options', 0) };
    default:
      return { reversedBits };
  }
}
