import { describe, expect, it, vi } from 'vitest';
import { TiffWriter } from '../../../src/index.ts';
import type * as strips from '../../../src/formats/tiff/write/strips.ts';

// Pages of 256 MiB, written in bands of one piece of memory and strips of another: the writer sees only lengths and bytes.
const PAGE = { width: 2 ** 15, height: 2 ** 13 };
const { STRIP_BYTES } = vi.hoisted(() => ({ STRIP_BYTES: 2 ** 16 }));
vi.mock('../../../src/formats/tiff/write/strips.ts', async (original) => {
  const strip = new Uint8Array(STRIP_BYTES);
  return { ...(await original<typeof strips>()), encodeStrip: () => Promise.resolve(strip) };
});

/** Keeps the directories, with their byte offsets. */
function directorySink() {
  const written = { length: 0, directories: new Map<number, Uint8Array>() };
  return {
    written,
    write: (bytes: Uint8Array) => void (written.length += bytes.length),
    overwrite: (position: number, bytes: Uint8Array) => void written.directories.set(position, bytes),
  };
}

describe('TiffWriter around 4 GiB', () => {
  const band = new Uint8Array(2 ** 21);
  const addPage = async (writer: TiffWriter): Promise<void> => {
    for (let at = 0; at < PAGE.width * PAGE.height; at += band.length) await writer.addRows(band);
  };

  it('refuses to let a classic file grow above it, and writes nothing past it', async () => {
    const sink = directorySink();
    const writer = new TiffWriter(sink, { ...PAGE, dtype: 'uint8', bigTiff: false });
    for (let z = 0; z < 15; z++) await addPage(writer);
    await expect(addPage(writer)).rejects.toThrow(/bigTiff must be true or auto .*page 16/);
    expect(sink.written.length).toBeLessThan(2 ** 32);
    expect(sink.written.length).toBeGreaterThan(2 ** 32 - 2 * STRIP_BYTES);
  });

  it('links BigTIFF directories and strips above it', async () => {
    const sink = directorySink();
    const writer = new TiffWriter(sink, { ...PAGE, dtype: 'uint8', depth: 18 });
    for (let z = 0; z < 18; z++) await addPage(writer);
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
