import type { CodecTags } from '../compression/decoder.ts';
import type { Compression } from '../compression/schemes.ts';
import { TAG } from '../tags.ts';
import { damaged, readBytes, readNumber, readNumbers, type Directory } from './directory.ts';

/** The tables of the standard take less: four of 129 bytes and eight of 273, and marks between them. */
const MAX_TABLES_BYTES = 4096;

/** The tags of `directory` that `compression` needs. @throws InvalidImageError for values that cannot be. */
export async function readCodecTags(directory: Directory, compression: Compression): Promise<CodecTags> {
  const fillOrder = await readNumber(directory, TAG.fillOrder, 'FillOrder', 1);
  if (fillOrder !== 1 && fillOrder !== 2) throw damaged(directory, `FillOrder is ${fillOrder}`);
  const reversedBits = fillOrder === 2;
  switch (compression) {
    case 'fax3':
      return { reversedBits, faxOptions: await readNumber(directory, TAG.t4Options, 'T4Options', 0) };
    case 'jpeg':
      return { reversedBits, jpegTables: await readBytes(directory, TAG.jpegTables, 'JPEGTables', MAX_TABLES_BYTES) };
    case 'lerc': {
      const parameters = await readNumbers(directory, TAG.lercParameters, 'LercParameters', 2);
      return { reversedBits, lercWrapper: parameters?.[1] };
    }
    default:
      return { reversedBits };
  }
}
