import type { TiffFile } from '../file.ts';
import type { DescribedImage } from './described.ts';

/** Beginnings of the tag: LSM 1.3 and 1.5. */
const MARKS = [0x0300494c, 0x0400494c];
/** Places in it, in bytes: sizes of axes (int32), the kind of scan (uint16), where the names of channels lie (uint32). */
const [DEPTH, TIMES, SCAN, COLOURS] = [16, 24, 88, 108];
/** Kinds of scan whose pages are sections in x and y: stacks, times, and times of stacks. */
const PLANES: readonly number[] = [0, 3, 6];

/** What the tag of Zeiss LSM files says: z varies first, then time. The channels are the samples of the pixels. */
export async function readLsm(tag: Uint8Array, file: TiffFile): Promise<DescribedImage | undefined> {
  const view = new DataView(tag.buffer, tag.byteOffset, tag.byteLength);
  if (view.byteLength < COLOURS + 4 || !MARKS.includes(view.getUint32(0, true))) return undefined;
  if (!PLANES.includes(view.getUint16(SCAN, true))) return undefined;
  const size = (at: number): number => Math.max(1, view.getInt32(at, true));
  return {
    source: 'the Zeiss tag',
    sizes: [
      ['z', size(DEPTH)],
      ['time', size(TIMES)],
    ],
    channelNames: await namesAt(file, view.getUint32(COLOURS, true)),
  };
}

/** Most bytes of the part of the file that names the channels. */
const MOST_BYTES = 2 ** 16;
/** Bytes that it begins with: size, numbers of colours and names, their places. */
const HEAD_BYTES = 24;

async function namesAt({ bytes }: TiffFile, start: number): Promise<readonly string[] | undefined> {
  if (start === 0 || start + HEAD_BYTES > bytes.byteLength) return undefined;
  const head = new DataView((await bytes.slice(start, start + HEAD_BYTES)).buffer);
  const [length, count, from] = [head.getUint32(0, true), head.getUint32(8, true), head.getUint32(16, true)];
  if (count < 1 || length > MOST_BYTES || from > length || start + length > bytes.byteLength) return undefined;
  const text = await bytes.slice(start + from, start + length);
  const view = new DataView(text.buffer);
  const names: string[] = [];
  for (let at = 0; at + 4 < text.length && names.length < count;) {
    const next = at + 4 + view.getUint32(at, true);
    names.push(new TextDecoder('latin1').decode(text.subarray(at + 4, next)).split('\0', 1)[0] ?? '');
    at = next;
  }
  return names;
}
