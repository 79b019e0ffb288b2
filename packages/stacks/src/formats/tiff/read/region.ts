import { InvalidImageError, type GreyData, type GreyImage, type Rectangle } from '@dilated-unet/core';
import type { ByteSource } from '../../../bytes.ts';
import { BYTES_PER_VALUE, bytesOf, NATIVE_LITTLE_ENDIAN, valuesIn } from '../../../dtype.ts';
import type { MemoryLimit } from '../../../options.ts';
import { allocate, requireMemory, type ReadRegionOptions } from '../../../source.ts';
import { isUnwritten, samplesTogether, storedRowBytes, storedRows, type Page } from './blocks.ts';
import { decodeBlock } from './decode.ts';
import { pageText } from './directory.ts';
import { readValue, unpacker } from '../../../stored-values.ts';

/** Strips or tiles that lie one behind the other are read at once, up to so many bytes. */
const RUN_BYTES = 2 ** 24;

/** A strip or tile that a region needs, and the bytes of it that are read. */
interface NeededBlock {
  readonly block: number;
  /** Column and row of its first pixel that is read. */
  readonly x: number;
  readonly y: number;
  readonly rows: number;
  readonly start: number;
  readonly end: number;
}

/** The pixels of `region`, which lies within `page`. Only the strips or tiles that it touches are read. */
export async function readRegion(
  source: ByteSource,
  page: Page,
  region: Rectangle,
  { signal, into, maxBytes }: ReadRegionOptions & MemoryLimit,
): Promise<GreyImage> {
  signal?.throwIfAborted();
  requireRegionMemory(page, region, maxBytes);
  const blocks = [...neededBlocks(page, region)];
  const data = isStored(page, blocks, region)
    ? await readStored(source, page, blocks, { signal, into })
    : await readDecoded(source, page, blocks, region, { signal, into });
  signal?.throwIfAborted();
  const { lookup, ids, minIsWhite } = page.format;
  if (lookup !== undefined) {
    if (ids !== undefined && minIsWhite) requireTwoValues(page, data, lookup.length - 1);
    for (let i = 0; i < data.length; i++) data[i] = lookup[data[i] as number] as number;
  }
  return { width: region.width, height: region.height, data };
}

/** Labels of two values may be turned round; of ids that would make others, and a cell of the background. */
function requireTwoValues({ name }: Page, data: GreyData, highest: number): void {
  const other = data.find((value) => value !== 0 && value !== highest);
  if (other === undefined) return;
  throw new InvalidImageError(
    `${pageText(name)}: white is stored as 0, and labels that have other values than 0 and ${highest}, such as ${other}, would become ` +
      'other ones. Save them without an inverting lookup table (in Fiji: Image > Lookup Tables > Invert LUT).',
  );
}

function requireRegionMemory(page: Page, region: Rectangle, maxBytes: number | undefined): void {
  const { blockWidth, blockHeight, format } = page;
  requireMemory(regionText(page, region), region.width * region.height * BYTES_PER_VALUE[format.dtype], maxBytes);
  // Of blocks that are stored as they are, only the rows of the region are read.
  if (format.compression === 'none') return;
  const block = `Each strip or tile of ${blockWidth} x ${blockHeight} pixels`;
  requireMemory(block, blockHeight * storedRowBytes(page), maxBytes);
}

function regionText({ format }: Page, { width, height }: Rectangle): string {
  return `The region of ${width} x ${height} ${format.dtype} values`;
}

/** Whether the file holds exactly the bytes of the region, one behind the other. */
function isStored({ format, blockWidth }: Page, blocks: readonly NeededBlock[], region: Rectangle): boolean {
  const { compression, codec, stored, ids, littleEndian, dtype } = format;
  const size = BYTES_PER_VALUE[dtype];
  return (
    compression === 'none' &&
    samplesTogether(format) === 1 &&
    !codec.reversedBits &&
    unpacker(stored, ids) === undefined &&
    (size === 1 || littleEndian === NATIVE_LITTLE_ENDIAN) &&
    region.x === 0 &&
    region.width === blockWidth &&
    blocks.reduce((rows, block) => rows + block.rows, 0) === region.height &&
    blocks.every(({ start }, i) => i === 0 || start === blocks[i - 1]?.end)
  );
}

/** Reads such a region, without memory in between. */
async function readStored(
  source: ByteSource,
  { format }: Page,
  blocks: readonly NeededBlock[],
  { signal, into }: ReadRegionOptions,
): Promise<GreyData> {
  const [first, last] = [blocks[0], blocks.at(-1)] as [NeededBlock, NeededBlock];
  const memory = into?.buffer instanceof ArrayBuffer ? (bytesOf(into) as Uint8Array<ArrayBuffer>) : undefined;
  const bytes = await source.slice(first.start, last.end, { signal, into: memory });
  if (into === undefined) return valuesIn(bytes, format.dtype);
  if (bytes !== memory) bytesOf(into).set(bytes);
  return into;
}

async function readDecoded(
  source: ByteSource,
  page: Page,
  blocks: readonly NeededBlock[],
  region: Rectangle,
  { signal, into }: ReadRegionOptions,
): Promise<GreyData> {
  const { width, height } = region;
  const data = into ?? allocate(page.format.dtype, width * height, regionText(page, region));
  if (blocks.length < touched(page, region)) {
    const { stored, ids } = page.format;
    data.fill(withPage(page, () => readValue(page.fill, stored, ids)));
  }
  for (const run of runs(blocks)) {
    signal?.throwIfAborted();
    const start = (run[0] as NeededBlock).start;
    const bytes = await source.slice(start, (run.at(-1) as NeededBlock).end, { signal });
    // At once: a platform inflates in threads of its own.
    await Promise.all(
      run.map(async (needed) => {
        signal?.throwIfAborted();
        const input = bytes.subarray(needed.start - start, needed.end - start);
        place(page, needed, await decodeBlock(page, needed.block, input, needed.rows), data, region);
      }),
    );
  }
  return data;
}

/** How many strips or tiles `region` touches. */
function touched({ blockWidth, blockHeight }: Page, { x, y, width, height }: Rectangle): number {
  const along = (start: number, length: number, block: number): number =>
    Math.floor((start + length - 1) / block) - Math.floor(start / block) + 1;
  return along(x, width, blockWidth) * along(y, height, blockHeight);
}

/** Those of them that are in the file. */
function* neededBlocks(page: Page, { x, y, width, height }: Rectangle): Generator<NeededBlock, void, undefined> {
  const { blockWidth, blockHeight } = page;
  const columns = Math.ceil(page.width / blockWidth);
  const rowBytes = storedRowBytes(page);
  for (let row = Math.floor(y / blockHeight); row * blockHeight < y + height; row++) {
    for (let column = Math.floor(x / blockWidth); column * blockWidth < x + width; column++) {
      const block = row * columns + column;
      if (isUnwritten(page, block)) continue;
      const top = row * blockHeight;
      const start = page.offsets[block] as number;
      const whole = { block, x: column * blockWidth, y: top, rows: storedRows(page, block) };
      if (page.format.compression === 'none') {
        // Rows that are stored as they are need not be read from the first on.
        const from = Math.max(0, y - top);
        const rows = Math.min(whole.rows, y + height - top) - from;
        const first = start + from * rowBytes;
        yield { ...whole, y: top + from, rows, start: first, end: first + rows * rowBytes };
      } else {
        yield { ...whole, start, end: start + (page.byteCounts[block] as number) };
      }
    }
  }
}

/** `blocks` in groups that are read at once. */
function* runs(blocks: Iterable<NeededBlock>): Generator<NeededBlock[], void, undefined> {
  let run: NeededBlock[] = [];
  for (const needed of blocks) {
    const [first, last] = [run[0], run.at(-1)];
    if (first !== undefined && (last?.end !== needed.start || needed.end - first.start > RUN_BYTES)) {
      yield run;
      run = [];
    }
    run.push(needed);
  }
  if (run.length > 0) yield run;
}

/** Copies what `region` has of the block `stored` into `data`, its values. */
function place(page: Page, needed: NeededBlock, stored: Uint8Array, data: GreyData, region: Rectangle): void {
  const from = Math.max(needed.x, region.x);
  const to = Math.min(needed.x + page.blockWidth, region.x + region.width);
  const top = Math.max(needed.y, region.y);
  const bottom = Math.min(needed.y + needed.rows, region.y + region.height);
  const rowBytes = storedRowBytes(page) / samplesTogether(page.format);
  const size = BYTES_PER_VALUE[page.format.dtype];
  const unpack = unpacker(page.format.stored, page.format.ids);
  const out = bytesOf(data);
  for (let y = top; y < bottom; y++) {
    const row = (y - needed.y) * rowBytes;
    const target = (y - region.y) * region.width - region.x;
    if (unpack !== undefined) {
      withPage(page, () =>
        unpack(stored.subarray(row, row + rowBytes), from - needed.x, to - needed.x, data, target + from),
      );
    } else {
      const pixels = stored.subarray(row + (from - needed.x) * size, row + (to - needed.x) * size);
      out.set(pixels, (target + from) * size);
    }
  }
}

/** Runs `action`; what it refuses is said to be of `page`. */
function withPage<T>({ name }: Page, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (!(cause instanceof InvalidImageError)) throw cause;
    throw new InvalidImageError(`${pageText(name)}: ${cause.message}.`, { cause });
  }
}
