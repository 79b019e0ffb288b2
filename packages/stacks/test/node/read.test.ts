import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { InvalidImageError } from '@dilated-unet/core';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import { encodeTiffStack } from '../../src/index.ts';
import { openStack, readImage, readStack } from '../../src/node/index.ts';
import { buildTiff, greyTags } from '../support/build-tiff.ts';
import { temporaryFolder } from '../support/folder.ts';
import { noise, noiseStack } from '../support/images.ts';

const folder = temporaryFolder();

function write(name: string, bytes: Uint8Array): string {
  writeFileSync(folder.file(name), bytes);
  return folder.file(name);
}

function png(data: Uint8Array | Uint16Array, channels: 1 | 2 | 3 | 4, width = 16, height = 9): Sharp {
  const space = channels > 2 ? 'srgb' : data instanceof Uint16Array ? 'grey16' : 'b-w';
  return sharp(data, { raw: { width, height, channels } }).toColourspace(space).png();
}

describe('TIFF', () => {
  test.each([
    ['uint8', noiseStack(16, 9, 3)],
    ['uint16', { ...noiseStack(16, 9, 3), data: Uint16Array.from(noiseStack(16, 9, 3).data, (v) => 257 * v) }],
    ['float32', { ...noiseStack(16, 9, 3), data: Float32Array.from(noiseStack(16, 9, 3).data, (v) => v / 7) }],
  ])('a stack of %s', async (name, stack) => {
    const file = write(`${name}.tif`, await encodeTiffStack(stack, { compression: 'deflate' }));
    expect(await readStack(file)).toEqual(stack);
  });

  test('a stack that is larger than the memory is refused by its name', async () => {
    const file = write('large.tif', await encodeTiffStack(noiseStack(16, 9, 3)));
    await expect(readStack(file, { maxBytes: 431 })).rejects.toThrow(
      `${file}: the stack of 16 x 9 x 3 uint8 values takes 432 bytes of memory, more than the 431 that may be used`,
    );
    expect((await readStack(file, { maxBytes: 432 })).depth).toBe(3);
  });

  test('one page as an image; more pages are refused as one', async () => {
    const image = noise(16, 9);
    expect(await readImage(write('one.tif', await encodeTiffStack({ ...image, depth: 1 })))).toEqual(image);
    const three = write('three.tif', await encodeTiffStack(noiseStack(16, 9, 3)));
    await expect(readImage(three)).rejects.toThrow(/three\.tif has 3 pages, not one/);
  });
});

describe('PNG', () => {
  const { data } = noise(16, 9);

  test('8 bit, whatever the file is called', async () => {
    const file = write('grey8.bin', await png(data, 1).toBuffer());
    expect(await readImage(file)).toEqual({ width: 16, height: 9, data });
  });

  test('16 bit', async () => {
    const wide = Uint16Array.from(data, (v, i) => 256 * v + i);
    expect(await readStack(write('grey16.png', await png(wide, 1).toBuffer()))).toEqual({
      width: 16,
      height: 9,
      depth: 1,
      data: wide,
    });
  });

  test.each([
    {
      what: 'colour',
      make: () => png(noise(48, 9).data, 3),
      message: /The picture is in colour/,
    },
    { what: 'colour and transparency', make: () => png(noise(64, 9).data, 4), message: /The picture is in colour/ },
    {
      what: 'a palette',
      make: () => png(noise(48, 9).data, 3).png({ palette: true }),
      message: /The picture is in colour/,
    },
    { what: 'grey and transparency', make: () => png(noise(32, 9).data, 2), message: /The picture is transparent/ },
  ])('$what is refused', async ({ what, make, message }) => {
    const file = write(`${what}.png`, await make().toBuffer());
    const failure = await readStack(file).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InvalidImageError);
    expect((failure as Error).message).toMatch(message);
    expect((failure as Error).message).toContain(file);
  });
});

describe('what is no image is refused', () => {
  const bytes = noise(200, 200).data;
  const cases: Record<string, { make: () => Promise<string> | string; message: RegExp }> = {
    'a missing file': {
      make: () => folder.file('none.tif'),
      message: /none\.tif cannot be read: there is no such file/,
    },
    'a folder without sections': {
      make: () => {
        mkdirSync(folder.file('folder.tif'), { recursive: true });
        return folder.file('folder.tif');
      },
      message: /folder\.tif has no sections: no file in it ends in \.png, \.tif, \.tiff, \.tf2, \.tf8 or \.btf/,
    },
    'a file used as a folder': { make: () => path.join(write('file', bytes), 'a.tif'), message: /not a folder/ },
    'a device': { make: () => '/dev/zero', message: /not a regular file/ },
    'an empty file': { make: () => write('empty.tif', new Uint8Array()), message: /empty\.tif is empty/ },
    'a text': { make: () => write('text.tif', Buffer.from('not an image')), message: /neither TIFF nor PNG/ },
    'a TIFF cut off': {
      make: async () => write('cut.tif', (await encodeTiffStack(noiseStack(200, 200, 2))).subarray(0, 50_000)),
      message: /cut\.tif: /,
    },
    'a PNG cut off': {
      make: async () => write('cut.png', (await png(bytes, 1, 200, 200).toBuffer()).subarray(0, 20_000)),
      message: /cut\.png: the PNG is damaged or cut off/,
    },
    'a PNG with a damaged byte': {
      make: async () => write('hurt.png', (await png(bytes, 1, 200, 200).toBuffer()).fill(0, 3000, 3100)),
      message: /hurt\.png: the PNG is damaged or cut off/,
    },
    'only the mark of a PNG': {
      make: async () => write('mark.png', (await png(bytes, 1, 200, 200).toBuffer()).subarray(0, 8)),
      message: /mark\.png: the PNG is damaged or cut off/,
    },
  };
  test.each(Object.entries(cases))('%s', async (_, { make, message }) => {
    const failure = await readStack(await make()).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InvalidImageError);
    expect((failure as Error).message).toMatch(message);
  });
});

test('what would take more memory than may be used is refused, whatever the format', async () => {
  const wide = { width: 17_000, height: 16_000, channels: 1 as const };
  // More pixels than sharp takes unasked.
  const large = await sharp({ create: { ...wide, channels: 3, background: 'black' }, limitInputPixels: false })
    .toColourspace('b-w')
    .png()
    .toBuffer();
  const file = write('large.png', large);
  expect((await openStack(file)).shape).toEqual([1, 16_000, 17_000]);
  await expect(openStack(file, { maxBytes: 1e8 })).rejects.toThrow(
    /large\.png: The PNG of 17000 x 16000 pixels takes 272000000 bytes of memory, more than the 100000000 that may be used/,
  );
  const empty = buildTiff([{ tags: greyTags(2 ** 26, 2 ** 26, { 273: 0, 279: 0 }) }]);
  await expect(readStack(write('sparse.tif', empty))).rejects.toThrow(
    /takes \d+ bytes of memory, more than the \d+ that/,
  );
});

test('a PNG whose header claims more pixels than its bytes can stand for is refused before memory is taken', async () => {
  const bytes = await png(noise(16, 9).data, 1).toBuffer();
  bytes.writeUInt32BE(30_000, 16);
  bytes.writeUInt32BE(2_000_000_000, 20);
  await expect(openStack(write('claims.png', bytes))).rejects.toThrow(
    /claims\.png: the PNG is damaged or cut off \(its \d+ bytes are too few for 30000 x 2000000000 pixels\)/,
  );
});
