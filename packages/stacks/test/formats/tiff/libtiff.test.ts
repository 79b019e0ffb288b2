import { describe, expect, it } from 'vitest';
import { encodeTiffStack, readTiffStack, type Dtype } from '../../../src/index.ts';
import { bilevel, encodeBits } from '../../support/bits.ts';
import { expectUndecodable } from '../../support/errors.ts';
import { expectedStack, fixture, goodFixtures } from '../../support/fixtures.ts';
import { noise } from '../../support/images.ts';
import { LIBTIFF_MISSING, tiffcp, tiffinfo } from '../../support/libtiff.ts';
import { lzwCodes, packLzw } from '../../support/lzw.ts';
import { expectSameStack } from '../../support/stacks.ts';
import { fileWithStrip } from '../../support/strip-file.ts';

const DTYPES: readonly Dtype[] = ['uint8', 'uint16', 'float32'];

const TITLE = `libtiff${LIBTIFF_MISSING ? ` [skipped: ${LIBTIFF_MISSING}]` : ''}`;

describe.skipIf(LIBTIFF_MISSING !== undefined)(TITLE, () => {
  const cases = DTYPES.flatMap((dtype) =>
    (['none', 'deflate'] as const).flatMap((compression) =>
      [false, true].map((bigTiff) => ({ dtype, compression, bigTiff })),
    ),
  );

  it.each(cases)('finds nothing wrong with what is written: %o', async ({ dtype, ...options }) => {
    const stack = expectedStack(dtype, 301, 500, 3);
    const { text, warnings } = tiffinfo(await encodeTiffStack(stack, { ...options, description: 'sections of 50 nm' }));
    expect(warnings).toBe('');
    expect(text.match(/TIFF Directory at offset/g)).toHaveLength(3);
    expect(text).toContain('Image Width: 301 Image Length: 500');
    expect(text).toContain(`Bits/Sample: ${{ uint8: 8, uint16: 16, float32: 32 }[dtype]}`);
    expect(text).toContain(`Sample Format: ${dtype === 'float32' ? 'IEEE floating point' : 'unsigned integer'}`);
    expect(text).toContain('ImageDescription: sections of 50 nm');
  });

  const rewritings = [
    ['-c', 'none', '-B', '-r', '7'],
    ['-c', 'lzw:1', '-L'],
    ['-c', 'lzw:2', '-B', '-t', '-w', '64', '-l', '32'],
    ['-c', 'lzw:2', '-L', '-8', '-r', '-1'],
    ['-c', 'zip:1', '-B', '-8'],
    ['-c', 'zip:2', '-B', '-t', '-w', '16', '-l', '16'],
    ['-c', 'zip:2:p9', '-L', '-r', '100'],
    ['-c', 'packbits', '-B', '-r', '3'],
    ['-c', 'packbits', '-L', '-t', '-w', '128', '-l', '48'],
  ];
  it.each(DTYPES.flatMap((dtype) => rewritings.map((options) => [dtype, options] as const)))(
    'rewrites %s with %s, and it is read back unchanged',
    async (dtype, options) => {
      // Large enough that LZW fills its table several times in one strip.
      const stack = expectedStack(dtype, 257, 300, 2);
      expectSameStack(await readTiffStack(tiffcp(await encodeTiffStack(stack), options)), stack);
    },
  );

  it.each(['lzw', 'zip'])('rewrites float32 with %s:3, the floating-point predictor', async (codec) => {
    const stack = expectedStack('float32', 257, 300, 2);
    // Little endian alone: with -B, tiffcp 4.5.0 writes pixels that libtiff itself reads back wrongly.
    const rewritten = tiffcp(await encodeTiffStack(stack), ['-c', `${codec}:3`, '-L']);
    expectSameStack(await readTiffStack(rewritten), stack);
  });

  it.each(['zstd:1', 'zstd:2', 'lerc', 'lerc:0:s1', 'lerc:0:s2', 'zstd:3'])(
    'rewrites with %s, and it is read back unchanged',
    async (codec) => {
      for (const dtype of codec === 'zstd:3' ? (['float32'] as const) : DTYPES) {
        const stack = expectedStack(dtype, 257, 100, 2);
        for (const layout of [
          ['-r', '30'],
          ['-t', '-w', '64', '-l', '32'],
        ]) {
          const file = await encodeTiffStack(stack);
          expectSameStack(await readTiffStack(tiffcp(file, ['-L', '-c', codec, ...layout])), stack);
        }
      }
    },
  );

  it('reads the JPEG that it writes as this package does', async () => {
    for (const layout of [
      ['-r', '32'],
      ['-t', '-w', '64', '-l', '32', '-B'],
    ]) {
      const file = tiffcp(await encodeTiffStack(expectedStack('uint8', 257, 100, 2)), ['-c', 'jpeg:90', ...layout]);
      expectSameStack(await readTiffStack(file), await readTiffStack(tiffcp(file, ['-c', 'none', '-L', '-s'])));
    }
  });

  it('writes LERC of pixels without a value, which is refused, and without compression as NaN', async () => {
    const stack = expectedStack('float32');
    stack.data[40] = NaN;
    const file = tiffcp(await encodeTiffStack(stack), ['-c', 'lerc']);
    await expectUndecodable(file, [/Page 1 .*strip 0 .*pixels have no value \(1 of them\)\. .*tiffcp -c none/]);
    expectSameStack(await readTiffStack(tiffcp(file, ['-c', 'none'])), stack);
  });

  it('reads LZW of before TIFF 5.0 as this package does', async () => {
    const { data } = noise(64, 64);
    const file = await fileWithStrip(packLzw(lzwCodes(data), true), 5);
    const stack = { width: 64, height: 64, depth: 1, data };
    expectSameStack(await readTiffStack(tiffcp(file, ['-c', 'none'])), stack);
    expectSameStack(await readTiffStack(file), stack);
  });

  it('reads the fixtures as this package does', async () => {
    for (const name of goodFixtures()) {
      const bytes = fixture(`good/${name}`);
      expectSameStack(await readTiffStack(tiffcp(bytes, ['-c', 'none', '-L', '-s'])), await readTiffStack(bytes));
    }
  });

  const BIT_CODECS = ['none', 'zip', 'packbits', 'lzw', 'g3', 'g3:1d:fill', 'g3:2d', 'g3:2d:fill', 'g4'];
  it.each(BIT_CODECS)('rewrites 1-bit pages with %s, and they are read back unchanged', async (codec) => {
    for (const [width, height] of [
      [1, 1],
      [19, 11],
      // Runs of more than 2560 pixels, for which fax coding repeats its longest code.
      [6001, 40],
    ] as const) {
      const stack = bilevel(width, height);
      const file = await encodeBits(stack);
      for (const order of ['msb2lsb', 'lsb2msb']) {
        for (const layout of [
          ['-r', '7'],
          ['-t', '-w', '64', '-l', '32', '-B'],
        ]) {
          expectSameStack(await readTiffStack(tiffcp(file, ['-c', codec, '-f', order, ...layout])), stack);
        }
      }
    }
  });
});
