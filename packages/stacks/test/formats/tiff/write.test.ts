import { InvalidImageError, InvalidOptionError, section, type GreyStack } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import { encodeTiffStack, readTiffStack, TiffWriter, type Dtype, type TiffWriterOptions } from '../../../src/index.ts';
import { expectedStack } from '../../support/fixtures.ts';
import { linkOffset } from '../../support/patch.ts';
import { expectSameStack, memorySink } from '../../support/stacks.ts';

const DTYPES: readonly Dtype[] = ['uint8', 'uint16', 'float32'];
const CASES = DTYPES.flatMap((dtype) =>
  (['none', 'deflate'] as const).flatMap((compression) =>
    [false, true].map((bigTiff) => ({ dtype, compression, bigTiff })),
  ),
);

describe('encodeTiffStack', () => {
  it.each(CASES)('is read back unchanged: %o', async ({ dtype, ...options }) => {
    // Rows and pages that do not end on any boundary; several strips, the last one shorter.
    const stack = expectedStack(dtype, 301, 500, 3);
    const bytes = await encodeTiffStack(stack, options);
    expect(bytes[2]).toBe(options.bigTiff ? 43 : 42);
    expectSameStack(await readTiffStack(bytes), stack);
  });

  it('keeps every bit of floats', async () => {
    const data = Float32Array.of(NaN, -0, Infinity, -Infinity, 1e-45, 3.4028234663852886e38, Math.fround(0.1), -1);
    const bytes = await encodeTiffStack({ width: 4, height: 2, depth: 1, data }, { compression: 'deflate' });
    const { data: read } = await readTiffStack(bytes);
    expect(new Uint8Array(read.buffer)).toEqual(new Uint8Array(data.buffer));
  });

  it('writes the same bytes for the same stack', async () => {
    const stack = expectedStack('uint16', 100, 100, 2);
    const bytes = await encodeTiffStack(stack);
    expect(Buffer.compare(bytes, await encodeTiffStack(stack))).toBe(0);
  });

  it('makes strips of at least 64 KiB and compresses', async () => {
    const stack: GreyStack = { width: 512, height: 512, depth: 1, data: new Uint8Array(512 * 512).fill(7) };
    const plain = await encodeTiffStack(stack);
    const view = new DataView(plain.buffer);
    const entries = new Map<number, number>();
    for (let i = 0; i < view.getUint16(8, true); i++) {
      entries.set(view.getUint16(10 + i * 12, true), view.getUint32(18 + i * 12, true));
    }
    expect(entries.get(278)).toBe(128);
    expect((await encodeTiffStack(stack, { compression: 'deflate' })).length).toBeLessThan(plain.length / 100);
  });

  it.each([
    [{ width: 2, height: 2, depth: 1, data: new Uint8Array(3) }, /3 values for 2 x 2 x 1/],
    [{ width: 2, height: 2, depth: 0, data: new Uint8Array(0) }, /at least one section/],
  ] as [GreyStack, RegExp][])('refuses a stack that its data does not fill', async (stack, message) => {
    await expect(encodeTiffStack(stack)).rejects.toThrow(InvalidImageError);
    await expect(encodeTiffStack(stack)).rejects.toThrow(message);
  });
});

describe('TiffWriter', () => {
  const stack = expectedStack('uint16', 20, 30, 4);
  const options: TiffWriterOptions = { width: 20, height: 30, dtype: 'uint16' };

  it('appends rows as they come, leaves room for the directory, and puts it there when the next page begins', async () => {
    const sink = memorySink();
    const writer = new TiffWriter(sink, { ...options, bigTiff: false });
    const written: number[] = [];
    for (let z = 0; z < 4; z++) {
      await writer.addPage(section(stack, z));
      written.push(sink.bytes().length);
      expect(
        sink
          .bytes()
          .subarray(written.at(-2) ?? 8)
          .subarray(0, 100),
      ).toEqual(new Uint8Array(100));
    }
    await writer.close();
    const bytes = sink.bytes();
    expect(bytes.length).toBe(written[3]);
    expect(new DataView(bytes.buffer).getUint32(linkOffset(bytes, 3), true)).toBe(0);
    expectSameStack(await readTiffStack(bytes), stack);
  });

  it.each([1, 7, 128, 129, 400])('writes the same bytes by %i rows at once', async (count) => {
    const large = expectedStack('uint16', 300, 700, 2);
    const whole = await encodeTiffStack(large, { compression: 'deflate' });
    const sink = memorySink();
    const writer = new TiffWriter(sink, { ...large, depth: 2, dtype: 'uint16', compression: 'deflate' });
    for (let z = 0; z < 2; z++) {
      const { data } = section(large, z);
      for (let row = 0; row < 700; row += count) {
        const memory = data.slice(row * 300, (row + count) * 300);
        await writer.addRows(memory);
        memory.fill(0);
      }
      expect(writer.pages).toBe(z + 1);
    }
    await writer.close();
    expect(Buffer.compare(sink.bytes(), whole)).toBe(0);
  });

  it('holds less than a strip', async () => {
    const sink = memorySink();
    const writer = new TiffWriter(sink, { width: 1000, height: 1000, dtype: 'uint8' });
    for (let row = 1; row <= 999; row++) {
      await writer.addRows(new Uint8Array(1000));
      const pixels = sink.chunks.slice(2).reduce((sum, chunk) => sum + chunk.length, 0);
      expect(row * 1000 - pixels).toBeLessThan(66_000);
    }
  });

  it.each([
    ['of another dtype', new Uint8Array(20), /20 values of uint8; its next rows are 1 to 29 of 20 values of uint16/],
    ['that are not whole', new Uint16Array(21), /Page 1 was given 21 values/],
    ['without a value', new Uint16Array(0), /Page 1 was given 0 values/],
    ['of the next page', new Uint16Array(600), /Page 1 was given 600 values/],
  ])('refuses rows %s', async (_, rows, message) => {
    const writer = new TiffWriter(memorySink(), options);
    await writer.addRows(new Uint16Array(20));
    const added = writer.addRows(rows);
    await expect(added).rejects.toThrow(InvalidImageError);
    await expect(added).rejects.toThrow(message);
  });

  it('refuses a page, and to close, before the rows of the last are there', async () => {
    for (const next of ['addPage', 'close'] as const) {
      const writer = new TiffWriter(memorySink(), options);
      await writer.addRows(new Uint16Array(20));
      await expect(writer[next](section(stack, 0))).rejects.toThrow(/Page 1 has 1 of its 30 rows/);
    }
  });

  it.each([
    ['unknown depth', {}, 43],
    ['a depth that fits into 4 GiB', { depth: 3000 }, 42],
    ['a depth that does not', { width: 2048, height: 2048, depth: 512 }, 43],
    ['bigTiff false', { bigTiff: false }, 42],
    ['bigTiff true', { bigTiff: true, depth: 1 }, 43],
  ] as const)('chooses the size of offsets: %s', async (_, extra, magic) => {
    const sink = memorySink();
    const all = { ...options, ...extra };
    const writer = new TiffWriter(sink, all);
    await writer.addPage({ width: all.width, height: all.height, data: new Uint16Array(all.width * all.height) });
    expect(sink.chunks[0]?.[2]).toBe(magic);
  });

  it.each([
    ['another width', { width: 30, height: 20, data: new Uint16Array(600) }, /Page 1 has 30 x 20 pixels of uint16/],
    ['another dtype', { width: 20, height: 30, data: new Uint8Array(600) }, /of uint8; the stack has .* of uint16/],
    ['too few values', { width: 20, height: 30, data: new Uint16Array(599) }, /599 values for 20 x 30 pixels/],
  ])('refuses a page with %s', async (_, image, message) => {
    const writer = new TiffWriter(memorySink(), options);
    await expect(writer.addPage(image)).rejects.toThrow(InvalidImageError);
    await expect(new TiffWriter(memorySink(), options).addPage(image)).rejects.toThrow(message);
  });

  it('refuses to close without a page, or with another number than announced', async () => {
    await expect(new TiffWriter(memorySink(), options).close()).rejects.toThrow(/0 pages, not at least 1/);
    const fewer = new TiffWriter(memorySink(), { ...options, depth: 2 });
    await fewer.addPage(section(stack, 0));
    await expect(fewer.close()).rejects.toThrow(/1 pages, not 2/);
    const more = new TiffWriter(memorySink(), { ...options, depth: 1 });
    await more.addPage(section(stack, 0));
    await expect(more.addPage(section(stack, 1))).rejects.toThrow(/announced with 1 pages/);
  });

  it('passes the error of its sink on and is of no use afterwards', async () => {
    const full = { write: () => Promise.reject(new Error('no space left')), overwrite: () => undefined };
    const writer = new TiffWriter(full, options);
    await expect(writer.addPage(section(stack, 0))).rejects.toThrow('no space left');
    await expect(writer.addPage(section(stack, 1))).rejects.toThrow(/failed/);
    await expect(writer.close()).rejects.toThrow(/failed/);
  });

  it('refuses calls that are not awaited, and calls after close', async () => {
    const writer = new TiffWriter(memorySink(), options);
    const first = writer.addPage(section(stack, 0));
    await expect(writer.addPage(section(stack, 1))).rejects.toThrow(/busy/);
    await first;
    await writer.close();
    await expect(writer.close()).rejects.toThrow(/closed/);
    expect(writer.pages).toBe(1);
  });

  it.each([
    [{ width: 0 }, /width must be a whole number from 1 .*received 0/],
    [{ height: 1.5 }, /height/],
    [{ depth: 0 }, /depth/],
    [{ dtype: 'int8' }, /dtype must be uint8, uint16, uint32 or float32; received "int8"/],
    [{ dtype: 'toString' }, /dtype/],
    [{ compression: 'lzw' }, /compression must be none or deflate; received "lzw"/],
    [{ bigTiff: 'yes' }, /bigTiff/],
    [{ description: 'a\0b' }, /description must not contain a NUL/],
    [{ description: 'a', pixelSize: { y: 4, x: 4 } }, /description must not be given beside pixelSize/],
    [{ pixelSize: { y: 4, x: 0 } }, /pixelSize must be nanometres above 0/],
  ] as [object, RegExp][])('refuses the options %o', (wrong, message) => {
    const make = (): TiffWriter => new TiffWriter(memorySink(), { ...options, ...wrong });
    expect(make).toThrow(InvalidOptionError);
    expect(make).toThrow(message);
  });
});
