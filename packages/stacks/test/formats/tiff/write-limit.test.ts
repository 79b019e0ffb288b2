import { describe, expect, it, vi } from 'vitest';
import { TiffWriter } from '../../../src/index.ts';
import type * as strips from '../../../src/formats/tiff/write/strips.ts';

// Pages of 256 MiB, made of one piece of memory that is written many times: the writer sees only lengths and bytes.
const PAGE = { width: 2 ** 15, height: 2 ** 13 };
vi.mock('../../../src/formats/tiff/write/strips.ts', async (original) => {
  const strip = new Uint8Array(2 ** 18);
  return {
    ...(await original<typeof strips>()),
    encodeStrips: () => Promise.resolve(Array.from({ length: 1024 }, () => strip)),
  };
});

/** Keeps what is no strip: header and directories, with their byte offsets. */
function directorySink() {
  const written = { length: 0, directories: new Map<number, Uint8Array>() };
  const write = (bytes: Uint8Array): void => {
    if (bytes.length !== 2 ** 18) written.directories.set(written.length, bytes);
    written.length += bytes.length;
  };
  return { written, write };
}

describe('TiffWriter around 4 GiB', () => {
  const data = Object.create(Uint8Array.prototype, { length: { value: PAGE.width * PAGE.height } }) as Uint8Array;
  const page = { ...PAGE, data };

  it('refuses to let a classic file grow above it, and writes nothing past it', async () => {
    const sink = directorySink();
    const writer = new TiffWriter(sink, { ...PAGE, dtype: 'uint8', bigTiff: false });
    for (let z = 0; z < 15; z++) await writer.addPage(page);
    await expect(writer.addPage(page)).rejects.toThrow(/bigTiff must be true or auto .*page 16/);
    expect(sink.written.length).toBeLessThan(2 ** 32);
  });

  it('links BigTIFF directories and strips above it', async () => {
    const sink = directorySink();
    const writer = new TiffWriter(sink, { ...PAGE, dtype: 'uint8', depth: 18 });
    for (let z = 0; z < 18; z++) await writer.addPage(page);
    await writer.close();
    let offset = 16;
    const offsets: number[] = [];
    while (offset !== 0) {
      offsets.push(offset);
      const directory = sink.written.directories.get(offset) as Uint8Array;
      const view = new DataView(directory.buffer);
      const count = Number(view.getBigUint64(0, true));
      const strips = 8 + [...Array(count).keys()].map((i) => i * 20).find((i) => view.getUint16(8 + i, true) === 273)!;
      const table = Number(view.getBigUint64(strips + 12, true)) - offset;
      expect(Number(view.getBigUint64(table, true))).toBe(offset + directory.length);
      offset = Number(view.getBigUint64(8 + count * 20, true));
    }
    expect(offsets).toHaveLength(18);
    expect(offsets.at(-1)).toBeGreaterThan(2 ** 32);
  });
});
