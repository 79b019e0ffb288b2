import { section, type GreyStack } from '@dilated-unet/core';
import { fromArrayBuffer } from 'geotiff';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { encodeTiffStack, memoryBytes, openTiff, readTiffStack, type Dtype } from '../../../src/index.ts';
import { expectedStack, typed } from '../../support/fixtures.ts';
import { noise } from '../../support/images.ts';
import { expectSameStack } from '../../support/stacks.ts';

const DTYPES: readonly Dtype[] = ['uint8', 'uint16', 'float32'];
const WRITTEN = DTYPES.flatMap((dtype) =>
  (['none', 'deflate'] as const).flatMap((compression) =>
    [false, true].map((bigTiff) => [dtype, { compression, bigTiff }] as const),
  ),
);

const RAW = {
  uint8: { space: 'b-w', depth: 'uchar', Values: Uint8Array },
  uint16: { space: 'grey16', depth: 'ushort', Values: Uint16Array },
  float32: { space: 'b-w', depth: 'float', Values: Float32Array },
} as const;

async function withSharp(bytes: Uint8Array, dtype: Dtype): Promise<GreyStack> {
  const { pages: depth = 1, width, height } = await sharp(bytes).metadata();
  const { space, depth: type, Values } = RAW[dtype];
  const values: number[] = [];
  for (let page = 0; page < depth; page++) {
    const image = sharp(bytes, { page }).toColourspace(space).raw({ depth: type });
    const { data, info } = await image.toBuffer({ resolveWithObject: true });
    expect(info.channels).toBe(1);
    values.push(...new Values(new Uint8Array(data).buffer));
  }
  return { width, height, depth, data: typed(dtype, values) };
}

describe('sharp (libvips, libtiff)', () => {
  it.each(WRITTEN)('reads what is written: %s %o', async (dtype, options) => {
    const stack = expectedStack(dtype, 131, 97, 3);
    expectSameStack(await withSharp(await encodeTiffStack(stack, options), dtype), stack);
  });

  it.each([
    { compression: 'lzw', predictor: 'horizontal' },
    { compression: 'deflate', predictor: 'horizontal', tile: true, tileWidth: 64, tileHeight: 32 },
    { compression: 'packbits', bigtiff: true },
    { compression: 'none', miniswhite: true },
  ] as const)('writes what is read: %o', async (options) => {
    const { width, height, depth, data } = expectedStack('uint8', 131, 97, 1);
    const raw = { width, height, channels: 1 } as const;
    const bytes = await sharp(data, { raw }).toColourspace('b-w').tiff(options).toBuffer();
    expectSameStack(await readTiffStack(new Uint8Array(bytes)), { width, height, depth, data });
  });

  it.each([{}, { tile: true, tileWidth: 64, tileHeight: 32 }])(
    'reads JPEG in TIFF as this does: %o',
    async (options) => {
      const { width, height, data } = noise(131, 97);
      const image = sharp(data, { raw: { width, height, channels: 1 } }).toColourspace('b-w');
      const bytes = new Uint8Array(await image.tiff({ compression: 'jpeg', ...options }).toBuffer());
      expectSameStack(await readTiffStack(bytes), await withSharp(bytes, 'uint8'));
    },
  );

  it('writes pyramids, of which the largest image is read', async () => {
    const raw = { width: 512, height: 512, channels: 1 } as const;
    const image = sharp(new Uint8Array(512 * 512), { raw }).toColourspace('b-w');
    const pyramid = await image.tiff({ compression: 'lzw', pyramid: true, tile: true }).toBuffer();
    const notes: string[] = [];
    const source = await openTiff(memoryBytes(pyramid), { onNote: (note) => notes.push(note) });
    expect(source.shape).toEqual([1, 512, 512]);
    expect(notes).toEqual([expect.stringMatching(/smaller copies, thumbnails or masks are passed over: 2/)]);
  });
});

describe('geotiff, which viewers in the browser use', () => {
  it.each(WRITTEN)('reads what is written: %s %o', async (dtype, options) => {
    const stack = expectedStack(dtype, 131, 97, 3);
    const bytes = await encodeTiffStack(stack, options);
    const file = await fromArrayBuffer(bytes.slice().buffer);
    expect(await file.getImageCount()).toBe(3);
    for (let z = 0; z < 3; z++) {
      const [values] = await (await file.getImage(z)).readRasters({ interleave: false });
      expect(Buffer.compare(bytesOf(values), bytesOf(section(stack, z).data))).toBe(0);
    }
  });
});

function bytesOf(array: ArrayBufferView | undefined): Uint8Array {
  if (array === undefined) throw new Error('There are no values.');
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
