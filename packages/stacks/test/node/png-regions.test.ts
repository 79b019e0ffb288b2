import { writeFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';
import { crop, InvalidImageError, section } from '@dilated-unet/core';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { openStack, readStack } from '../../src/node/index.ts';
import { temporaryFolder } from '../support/folder.ts';
import { noise } from '../support/images.ts';

const folder = temporaryFolder();
const [WIDTH, HEIGHT] = [61, 47];

function write(name: string, bytes: Uint8Array): string {
  writeFileSync(folder.file(name), bytes);
  return folder.file(name);
}

/** An 8-bit grey PNG all of whose pixels are in one chunk, as some programs write it; libvips writes many. */
function inOneChunk({ data, width, height }: ReturnType<typeof noise>): Buffer {
  const chunk = (name: string, content: Uint8Array): Buffer => {
    const named = Buffer.concat([Buffer.from(name), content]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(content.length);
    sum.writeUInt32BE(crc32(named));
    return Buffer.concat([length, named, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  const rows = Array.from({ length: height }, (_, y) => [0, ...data.subarray(y * width, (y + 1) * width)]);
  const pixels = chunk('IDAT', deflateSync(Uint8Array.from(rows.flat())));
  const mark = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([mark, chunk('IHDR', header), pixels, chunk('IEND', Buffer.alloc(0))]);
}

describe('a region of a PNG', () => {
  const { data } = noise(4 * WIDTH, HEIGHT);
  const grey = data.subarray(0, WIDTH * HEIGHT);
  const raw = { width: WIDTH, height: HEIGHT };
  test.each([
    [
      '8 bit',
      {},
      () =>
        sharp(grey, { raw: { ...raw, channels: 1 } })
          .toColourspace('b-w')
          .png(),
    ],
    ['16 bit', {}, () => sharp(Uint16Array.from(grey, (v, i) => 251 * v + (i % 7)), { raw: { ...raw, channels: 1 } }).toColourspace('grey16').png()], // prettier-ignore
    ['interlaced', {}, () => sharp(grey, { raw: { ...raw, channels: 1 } }).toColourspace('b-w').png({ progressive: true })], // prettier-ignore
    ['a channel of four', { channel: 3 }, () => sharp(data, { raw: { ...raw, channels: 4 } }).png()],
    ['grey in three channels', {}, () => sharp(Uint8Array.from({ length: 3 * grey.length }, (_, i) => grey[Math.floor(i / 3)] as number), { raw: { ...raw, channels: 3 } }).png()], // prettier-ignore
  ] as const)('is that of the whole: %s', async (name, options, make) => {
    const file = write(`${name}.png`, await make().toBuffer());
    const whole = section(await readStack(file, options), 0);
    const source = await openStack(file, options);
    for (const region of [
      { x: 0, y: 0, width: WIDTH, height: HEIGHT },
      { x: 0, y: 0, width: 1, height: 1 },
      { x: 13, y: 20, width: 31, height: 9 },
      { x: WIDTH - 5, y: HEIGHT - 1, width: 5, height: 1 },
    ]) {
      expect(await source.read(0, region)).toEqual(crop(whole, region));
    }
  });

  test.each([
    ['a byte of the pixels below it is wrong', (png: Buffer) => png.fill(0, png.length - 40, png.length - 34)],
    ['what is below it is missing', (png: Buffer) => png.subarray(0, png.length - 60)],
    ['only the end is missing', (png: Buffer) => png.subarray(0, png.length - 12)],
  ])('is refused where %s', async (name, hurt) => {
    const sound = inOneChunk(noise(WIDTH, HEIGHT));
    const region = { x: 3, y: 1, width: 9, height: 2 };
    const source = await openStack(write(`sound, then ${name}.png`, sound));
    expect(await source.read(0, region)).toEqual(crop(noise(WIDTH, HEIGHT), region));
    const file = write(`${name}.png`, hurt(Buffer.from(sound)));
    const failure = await openStack(file).then(
      (opened) => opened.read(0, region).then(() => null),
      (error: unknown) => error,
    ).catch((error: unknown) => error); // prettier-ignore
    expect(failure).toBeInstanceOf(InvalidImageError);
    expect((failure as Error).message).toContain(`${file}: the PNG is damaged or cut off`);
  });

  test('takes the memory of its pixels, not that of the section', async () => {
    const side = 16_384;
    const file = folder.file('large.png');
    const grey = { width: side, height: side, channels: 3, background: '#808080' } as const;
    await sharp({ create: grey, limitInputPixels: false }).toColourspace('b-w').png().toFile(file);
    const source = await openStack(file);
    const before = process.resourceUsage().maxRSS * 1024;
    const { data } = await source.read(0, { x: side - 64, y: side - 64, width: 64, height: 64 });
    expect(data.every((value) => value === 128)).toBe(true);
    expect(process.resourceUsage().maxRSS * 1024 - before).toBeLessThan(side ** 2 / 4);
  });
});
