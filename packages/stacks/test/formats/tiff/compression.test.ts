import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../../src/compression/errors.ts';
import * as streamed from '../../../src/compression/deflate.ts';
import * as stream from '../../../src/compression/inflate.ts';
import * as compressed from '../../../src/node/deflate.ts';
import * as zlib from '../../../src/node/inflate.ts';
import { decodeLzw } from '../../../src/formats/tiff/compression/lzw.ts';
import { decodePackBits } from '../../../src/formats/tiff/compression/packbits.ts';

import { noise } from '../../support/images.ts';
import { lzwCodes, packLzw } from '../../support/lzw.ts';

const bytes = (hex: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(hex.split(' '), (value) => Number.parseInt(value, 16));

describe('decodeLzw', () => {
  it('decodes the example of TIFF 6.0, section 13', () => {
    const codes = packLzw([256, 7, 258, 8, 8, 258, 6, 6, 257]);
    expect(decodeLzw(codes, 9)).toEqual(Uint8Array.of(7, 7, 7, 8, 8, 7, 7, 6, 6));
  });

  it('does without an end code, and starts again at a clear code', () => {
    expect(decodeLzw(packLzw([256, 1, 258, 256, 2, 258]), 10)).toEqual(Uint8Array.of(1, 1, 1, 2, 2, 2));
  });

  it('ends on a table that is full and never cleared', () => {
    const codes = [256, ...Array.from({ length: 3900 }, (_, i) => i % 256), 4093, 4094, 4095, 257];
    const output = decodeLzw(packLzw(codes), 10_000);
    // Code 258 + i stands for the two bytes i and i + 1.
    expect(output).toHaveLength(3906);
    expect([...output.subarray(3900)]).toEqual([3835, 3836, 3836, 3837, 3837, 3838].map((i) => i % 256));
  });

  it.each([false, true])('decodes what grows and clears the table (the order of before TIFF 5.0: %s)', (old) => {
    const { data } = noise(300, 100);
    expect(decodeLzw(packLzw(lzwCodes(data), old), data.length)).toEqual(data);
  });

  it.each([
    ['a code that is not in the table', packLzw([256, 1, 300]), 10, /code 300 is not in its table/],
    ['a first code without a string before it', packLzw([256, 258]), 10, /code 258/],
    ['more than the limit by a byte', packLzw([256, 1, 2, 3]), 2, /more than the 2 bytes/],
    ['more than the limit by a string', packLzw([256, 1, 258]), 2, /more than the 2 bytes/],
    ['damage in the older bit order', packLzw([256, 1, 300], true), 10, /code 300 is not in its table/],
  ] as const)('refuses %s', (_, input, limit, message) => {
    expect(() => decodeLzw(input, limit)).toThrow(DecodeError);
    expect(() => decodeLzw(input, limit)).toThrow(message);
  });
});

describe('decodePackBits', () => {
  const packed = bytes('fe aa 02 80 00 2a fd aa 03 80 00 2a 22 80 f7 aa');
  const unpacked = bytes('aa aa aa 80 00 2a aa aa aa aa 80 00 2a 22 aa aa aa aa aa aa aa aa aa aa');

  it('decodes runs, literals and the code without meaning', () => {
    expect(decodePackBits(packed, 24)).toEqual(unpacked);
  });

  it.each([
    ['a run too many', packed, 23, /more than the 23/],
    ['a literal cut off', bytes('02 80 00'), 10, /last run is cut off/],
    ['a repetition cut off', bytes('fe'), 10, /last run is cut off/],
  ] as const)('refuses %s', (_, input, limit, message) => {
    expect(() => decodePackBits(input, limit)).toThrow(DecodeError);
    expect(() => decodePackBits(input, limit)).toThrow(message);
  });
});

describe.each([
  ["the platform's streams", stream, streamed],
  ['zlib of Node', zlib, compressed],
])('decodeDeflate by %s', async (_, { decodeDeflate }, { encodeDeflate }) => {
  const text = new TextEncoder().encode('membrane '.repeat(100));
  const packed = new Uint8Array(await encodeDeflate(text, true));

  it('undoes encodeDeflate', async () => {
    expect(await decodeDeflate(packed, 900)).toEqual(text);
    expect(await decodeDeflate(packed, 5000)).toEqual(text);
    const inRuns = new Uint8Array(await encodeDeflate(text, false));
    expect(await decodeDeflate(inRuns, 900)).toEqual(text);
  });

  it.each([
    ['a byte more than the limit', packed, 899, /more than the 899/],
    ['a stream cut off', packed.slice(0, -5), 900, /damaged or cut off/],
    ['another checksum', packed.map((byte, i) => (i === packed.length - 1 ? byte ^ 1 : byte)), 900, /damaged/],
    ['what is not Deflate', text.slice(0, 50), 900, /damaged/],
    ['nothing', new Uint8Array(0), 900, /damaged/],
  ] as const)('refuses %s', async (_, input, limit, message) => {
    await expect(decodeDeflate(input, limit)).rejects.toThrow(DecodeError);
    await expect(decodeDeflate(input, limit)).rejects.toThrow(message);
  });
});
