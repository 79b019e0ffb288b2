import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeBlosc } from '../../src/compression/blosc.ts';
import { crc32c } from '../../src/compression/crc32c.ts';
import { DecodeError } from '../../src/compression/errors.ts';
import { decodeLz4 } from '../../src/compression/lz4.ts';
import { shuffle, unshuffle, unshuffleBits } from '../../src/compression/shuffle.ts';
import { bloscEncoder } from '../../src/formats/zarr/compression/encode-blosc.ts';

const FIXTURES = new URL('../formats/zarr/fixtures/', import.meta.url);
const bytesOf = (path: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(new URL(path, FIXTURES)));

describe('decodeBlosc', () => {
  const encoded = { blosclz: 'blosc/blosclz-1-2.bin', lz4: 'blosc/lz4-1-2.bin', zstd: 'blosc/zstd-2-2.bin' };

  it.each(readdirSync(new URL('blosc', FIXTURES)))('%s of c-blosc', async (name) => {
    const size = Number(/(\d)\.bin$/.exec(name)?.[1]);
    const values = Float64Array.from({ length: 2003 }, (_, i) => Math.floor((i * i) / 64));
    const expected =
      size === 1 ? new Uint8Array(values) : size === 2 ? new Uint16Array(values) : new Uint32Array(values);
    const decoded = await decodeBlosc(bytesOf(`blosc/${name}`), expected.byteLength);
    expect(decoded).toEqual(new Uint8Array(expected.buffer));
  });

  it.each(Object.entries(encoded))('%s: a changed header, and each cut, is refused', async (_, path) => {
    const bytes = bytesOf(path);
    const length = 2 * 2003;
    await expect(decodeBlosc(bytes, length - 1)).rejects.toThrow(/more than the \d+ bytes/);
    for (let end = 0; end < bytes.length; end += 7) {
      await expect(decodeBlosc(bytes.slice(0, end), length)).rejects.toThrow(DecodeError);
      // The header says another length.
      const cut = bytes.slice(0, end);
      if (end >= 16) new DataView(cut.buffer).setUint32(12, end, true);
      await expect(decodeBlosc(cut, length)).rejects.toThrow(DecodeError);
    }
  });

  it.each(Object.entries(encoded))('%s: any changed byte gives values of that length or a refusal', async (_, path) => {
    const bytes = bytesOf(path);
    const length = 2 * 2003;
    let refused = 0;
    for (let at = 0; at < bytes.length; at += 7) {
      const changed = bytes.slice();
      changed[at] = (changed[at] as number) ^ 0x55;
      const result: unknown = await decodeBlosc(changed, length).catch((error: unknown) => error);
      if (result instanceof Uint8Array) expect(result.length).toBeLessThanOrEqual(length);
      else expect(result).toBeInstanceOf(DecodeError);
      if (!(result instanceof Uint8Array)) refused++;
    }
    expect(refused).toBeGreaterThan(0);
  });

  it.each([
    [1, 2],
    [2, (flags: number) => flags | 8],
  ] as const)('a header of a version of a compressor that c-blosc does not know: byte %i', async (at, value) => {
    const bytes = bytesOf(encoded.lz4);
    bytes[at] = typeof value === 'number' ? value : value(bytes[at] as number);
    await expect(decodeBlosc(bytes, 2 * 2003)).rejects.toThrow(/its header is of no known version/);
  });

  it.each([1, 3])('version %i of the format, which c-blosc does not read', async (version) => {
    const bytes = bytesOf(encoded.lz4);
    bytes[0] = version;
    await expect(decodeBlosc(bytes, 2 * 2003)).rejects.toThrow(new RegExp(`version ${version} .* of which 2 is read`));
  });

  it('blocks that are larger than the whole', async () => {
    const bytes = bytesOf('blosc/zlib-0-2.bin');
    new DataView(bytes.buffer).setUint32(8, 2 * 2003 + 1, true);
    await expect(decodeBlosc(bytes, 2 * 2003)).rejects.toThrow(/its header is impossible/);
  });

  it('refuses Snappy by name', async () => {
    const bytes = bytesOf(encoded.lz4);
    bytes[2] = ((bytes[2] as number) & 31) | (2 << 5);
    await expect(decodeBlosc(bytes, 2 * 2003)).rejects.toThrow(/Snappy inside of Blosc/);
  });
});

it.each([1, 2, 4])('what is encoded is decoded: values of %i bytes', async (size) => {
  const encoder = await bloscEncoder(size);
  const smooth = Uint8Array.from({ length: 4096 }, (_, i) => i >> 5);
  const noise = Uint8Array.from({ length: 64 }, (_, i) => (i * 167) % 251);
  for (const values of [smooth, noise]) {
    const encoded = new Uint8Array(await encoder.encode(values));
    expect(await decodeBlosc(encoded, values.length)).toEqual(values);
  }
  expect((await encoder.encode(smooth)).length).toBeLessThan(600);
});

it('bytes and bits are shuffled', () => {
  const values = Uint8Array.of(1, 2, 3, 4, 5, 6, 7);
  expect([...shuffle(values, 2)]).toEqual([1, 3, 5, 2, 4, 6, 7]);
  const out = new Uint8Array(7);
  unshuffle(shuffle(values, 2), 2, out);
  expect(out).toEqual(values);
  // The lowest bits of eight values are 1, the highest of the first is.
  const bits = new Uint8Array(8);
  unshuffleBits(Uint8Array.of(255, 0, 0, 0, 0, 0, 0, 1), 1, bits);
  expect([...bits]).toEqual([0x81, 1, 1, 1, 1, 1, 1, 1]);
});

it('LZ4: what lies outside is refused', () => {
  const block = (bytes: number[]): Uint8Array => Uint8Array.of(8, 0, 0, 0, ...bytes);
  expect([...decodeLz4(block([0x13, 9, 1, 0, 0x00]), 8)]).toEqual(new Array(8).fill(9));
  expect(() => decodeLz4(block([0x13, 9, 2, 0, 0x00]), 8)).toThrow(/LZ4 data is damaged/);
  // The library of LZ4 fills such a match with zeros.
  expect(() => decodeLz4(block([0x13, 9, 0, 0, 0x00]), 8)).toThrow(/LZ4 data is damaged/);
  expect(() => decodeLz4(block([0x14, 9, 1, 0, 0x00]), 8)).toThrow(/more than the 8 bytes/);
  expect(() => decodeLz4(block([0x13, 9, 1, 0, 0x00]), 7)).toThrow(/more than the 7 bytes/);
  expect(() => decodeLz4(block([0xf0, 255]), 8)).toThrow(/LZ4 data is damaged/);
});

it('CRC-32C of the specification', () => {
  // RFC 3720, appendix B.4.
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
});
