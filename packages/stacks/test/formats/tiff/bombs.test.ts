import { constants, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { expectUndecodable } from '../../support/errors.ts';
import { packLzw } from '../../support/lzw.ts';
import { fileWithStrip } from '../../support/strip-file.ts';

const MEBIBYTE = 2 ** 20;

/** Mebibytes by which the largest memory of this process so far grew during `action`. */
async function growth(action: () => Promise<void>): Promise<number> {
  const before = process.resourceUsage().maxRSS;
  await action();
  return (process.resourceUsage().maxRSS - before) / 1024;
}

describe('a small strip that decodes to gigabytes is refused in little memory', () => {
  it('Deflate', async () => {
    // A mebibyte of zeros that ends on a byte can be repeated as it is: 2 GiB in 2 MB.
    const piece = deflateRawSync(Buffer.alloc(MEBIBYTE), { finishFlush: constants.Z_FULL_FLUSH });
    const bomb = Buffer.concat([Uint8Array.of(0x78, 0x9c), ...Array.from({ length: 2048 }, () => piece)]);
    const file = await fileWithStrip(bomb, 8);
    const refused = [/strip 0 cannot be decoded: it decodes to more than the 4096/];
    expect(await growth(() => expectUndecodable(file, refused))).toBeLessThan(64);
  });

  it('PackBits', async () => {
    const bomb = new Uint8Array(16 * MEBIBYTE).fill(0x81);
    const file = await fileWithStrip(bomb, 32773);
    expect(await growth(() => expectUndecodable(file, [/more than the 4096/]))).toBeLessThan(64);
  });

  it('LZW', async () => {
    // Each code stands for the string before it and one byte more; the longest is then repeated.
    const growing = Array.from({ length: 3838 }, (_, i) => 258 + i);
    const bomb = packLzw([256, 0, ...growing, ...new Array<number>(100_000).fill(4095)]);
    const file = await fileWithStrip(bomb, 5);
    expect(await growth(() => expectUndecodable(file, [/more than the 4096/]))).toBeLessThan(64);
  });
});
