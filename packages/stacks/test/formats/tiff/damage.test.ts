import { deflateSync } from 'node:zlib';
import { InvalidImageError } from '@dilated-unet/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeTiffStack, memoryBytes, openTiff, readTiffStack, readWhole } from '../../../src/index.ts';
import { recordAllocations } from '../../support/allocations.ts';
import { buildTiff, greyPage } from '../../support/build-tiff.ts';
import { expectRefused, expectUndecodable } from '../../support/errors.ts';
import { expectedStack, fixture, goodFixtures } from '../../support/fixtures.ts';
import { packLzw } from '../../support/lzw.ts';
import { linkOffset, patchTag } from '../../support/patch.ts';
import { expectSameStack } from '../../support/stacks.ts';
import { fileWithStrip } from '../../support/strip-file.ts';

const FILES = goodFixtures().map((name) => ({ name, bytes: fixture(`good/${name}`) }));
const CUT_OFF = /strip 0 is cut off: it decodes to 4095 of 4096 bytes/;
const LIMITS = { maxBytes: 400_000 };

/** Reads `bytes`: the stack, or undefined where it was refused as it should be. Anything else is thrown. */
async function tryRead(bytes: Uint8Array) {
  try {
    const source = await openTiff(memoryBytes(bytes), LIMITS);
    const stack = await readWhole(source, LIMITS);
    expect([stack.depth, stack.height, stack.width]).toEqual(source.shape);
    expect(stack.data.length).toBe(stack.depth * stack.height * stack.width);
    return stack;
  } catch (error) {
    if (error instanceof InvalidImageError) return undefined;
    throw error;
  }
}

describe('chains of directories', async () => {
  const good = await encodeTiffStack(expectedStack('uint8', 24, 10, 4));
  const relinked = (page: number, target: number): Uint8Array => {
    const copy = good.slice();
    new DataView(copy.buffer).setUint32(linkOffset(copy, page), target, true);
    return copy;
  };

  it.each([
    ['the last page names the first', relinked(3, 8), [/cycle: page 5 .*byte 8, which is that of page 1/]],
    ['a page names itself', relinked(0, 8), [/cycle: page 2 .*page 1/]],
    ['a directory starts inside another', relinked(3, 9), [/.*/]],
    ['a directory behind the end', relinked(1, 1e6), [/page 3 should lie at byte 1000000/]],
    ['a directory over the end', relinked(3, good.length - 1), [/page 5 should lie at byte/]],
  ] as const)('%s', async (_, bytes, patterns) => expectRefused(bytes, patterns));

  it('thousands of directories over each other are refused before they take memory without end', async () => {
    // The first page is good but for 4096 entries, most of them of tag 0. From its 200th entry on, directory k has 4096
    // entries as well, 4 bytes behind directory k - 1, and its link, 49154 bytes further on, names directory k + 1.
    const bytes = new Uint8Array(98_000);
    const view = new DataView(bytes.buffer);
    bytes.set(good.subarray(0, linkOffset(good, 0)));
    view.setUint16(8, 4096, true);
    const second = 8 + 2 + 200 * 12;
    const link = (directory: number): number => directory + 2 + 4096 * 12;
    for (let k = 0; link(second + 4 * k) + 4 <= bytes.length && k < 3000; k++) {
      view.setUint16(second + 4 * k, 4096, true);
      view.setUint32(link(second + 4 * k), second + 4 * (k + 1), true);
    }
    view.setUint32(link(8), second, true);
    await expectRefused(bytes, [/directory of page 2 \(at byte 2410\) overlaps earlier ones/]);
  });
});

describe('damaged pixels', () => {
  it('every file cut off at every length is refused, or is whole but for what follows its last strip', async () => {
    let refused = 0;
    for (const { name, bytes } of FILES) {
      const whole = await readTiffStack(bytes);
      for (let length = 0; length < bytes.length; length += 7) {
        const stack = await tryRead(bytes.slice(0, length));
        if (stack === undefined) refused++;
        else expectSameStack(stack, whole);
      }
      expect(await tryRead(bytes.slice(0, bytes.length - 40)), name).toBeUndefined();
    }
    expect(refused).toBeGreaterThan(1000);
  });

  it.each([
    ['none', 1, new Uint8Array(4095), /strip 0 has 4095 bytes .*too few for the 4096/],
    ['LZW', 5, packLzw([256, ...Array.from({ length: 4095 }, (_, i) => i % 200), 257]), CUT_OFF],
    ['Deflate', 8, deflateSync(Buffer.alloc(4095, 3)), CUT_OFF],
    // 31 runs of 128 and one of 127.
    ['PackBits', 32773, Uint8Array.from([...new Array<number[]>(31).fill([0x81, 9]), [0x82, 9]].flat()), CUT_OFF],
  ] as const)('a strip a byte short is refused, not filled with zeros: %s', async (_, compression, strip, pattern) => {
    await expectUndecodable(await fileWithStrip(strip, compression), [pattern]);
  });

  const deflated = FILES.filter(({ name }) => name.includes('-deflate-'));
  it.each(deflated)('a changed byte is seen: $name', async ({ bytes }) => {
    const copy = bytes.slice();
    // Two bytes of Deflate data: 78 9c begins it, the checksum ends it.
    const start = Buffer.from(copy).indexOf(Uint8Array.of(0x78, 0x9c));
    expect(start).toBeGreaterThan(0);
    copy[start + 12] = (copy[start + 12] as number) ^ 0x10;
    await expectUndecodable(copy, [/(strip|tile) \d+ (cannot be decoded|is cut off)/]);
  });
});

describe('a description at the end of the file, which was cut off', () => {
  const pages = ['ImageJ=1.54f\nimages=2\nchannels=2\n', '{"shape": [2, 4, 4], "axes": "CYX"}', '<OME></OME>'].map(
    (description) => [{ 270: description }, {}].map((tags) => greyPage(4, 4, new Uint8Array(16), tags)),
  );

  it.each(pages)('is damage, since channels would be read as sections', async (...both) => {
    const bytes = buildTiff(both);
    const cut = patchTag(bytes, 270, bytes.length - 9);
    await expectRefused(cut, [/^Page 1 .*: the text of ImageDescription lies outside the file\. .* copy it again/]);
  });

  it('of a later page too, since it may begin another image', async () => {
    const single = { 270: '{"shape": [2, 4, 4]}' };
    const bytes = buildTiff([{}, single].map((tags) => greyPage(4, 4, new Uint8Array(16), tags)));
    await expectRefused(patchTag(bytes, 270, bytes.length - 9, 1), [/^Page 2 .*the text of ImageDescription/]);
  });
});

describe('random damage', () => {
  it('is an InvalidImageError or a stack of the size that the checks told, within the limits', async () => {
    const change = fc.record({
      at: fc.oneof(fc.nat(400), fc.nat(20_000)),
      value: fc.oneof(fc.constantFrom(0, 1, 2, 4, 0x7f, 0x80, 0xff), fc.nat(255)),
    });
    const damage = fc.record({
      file: fc.nat(FILES.length - 1),
      changes: fc.array(change, { minLength: 1, maxLength: 8 }),
      cut: fc.option(fc.nat(4000), { freq: 4 }),
    });
    let refused = 0;
    const allocations = recordAllocations();
    try {
      await fc.assert(
        fc.asyncProperty(damage, async ({ file, changes, cut }) => {
          const bytes = (FILES[file] as { bytes: Uint8Array }).bytes.slice(0, cut ?? undefined);
          for (const { at, value } of changes) bytes[at % Math.max(1, bytes.length)] = value;
          if ((await tryRead(bytes)) === undefined) refused++;
        }),
        { seed: 7, numRuns: 6000 },
      );
    } finally {
      allocations.stop();
    }
    // Both outcomes happen, so that neither half of the promise is empty.
    expect(refused).toBeGreaterThan(1000);
    expect(refused).toBeLessThan(5900);
    expect(allocations.largest).toBeGreaterThan(0);
    expect(allocations.largest).toBeLessThanOrEqual(LIMITS.maxBytes);
  });
});
