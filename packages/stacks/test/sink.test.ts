import { section } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import { readTiffStack, stackSource, tiffSink } from '../src/index.ts';
import { expectedStack } from './support/fixtures.ts';
import { expectSameStack, memorySink } from './support/stacks.ts';

const STACK = expectedStack('uint16', 50, 40, 2);
const OPTIONS = { width: 50, height: 40, depth: 2, dtype: 'uint16' } as const;
const WHOLE = { x: 0, y: 0, width: 50, height: 40 };
const TILES = [
  { x: 20, y: 0, width: 30, height: 40 },
  { x: 0, y: 25, width: 20, height: 15 },
  { x: 0, y: 0, width: 20, height: 25 },
];

describe('tiffSink', () => {
  it('writes sections, and regions in any order', async () => {
    const bytes = memorySink();
    const sink = tiffSink(bytes, OPTIONS);
    await sink.write(0, WHOLE, section(STACK, 0).data);
    for (const tile of TILES) await sink.write(1, tile, (await stackSource(STACK).read(1, tile)).data);
    await sink.close();
    expectSameStack(await readTiffStack(bytes.bytes()), STACK);
  });

  it('refuses a section too early, data that does not fill its region, an overlap, and an end too early', async () => {
    const part = (tile: (typeof TILES)[number]) => new Uint16Array(tile.width * tile.height);
    const [a, b] = TILES as [(typeof TILES)[number], (typeof TILES)[number]];
    const sink = tiffSink(memorySink(), OPTIONS);
    await sink.write(0, a, part(a));
    await expect(sink.write(1, b, part(b))).rejects.toThrow(/z must be 0, the section that is not complete/);
    await expect(sink.write(0, b, part(a))).rejects.toThrow(/20 x 15 pixels was given 1200 values/);
    await expect(sink.write(0, { ...a, x: 40 }, part(a))).rejects.toThrow(/region/);
    await expect(sink.close()).rejects.toThrow(/Section 1 lacks 800 pixels/);
    await expect(sink.write(0, a, part(a))).rejects.toThrow(/regions of section 1 overlap/);
    const short = tiffSink(memorySink(), OPTIONS);
    await short.write(0, WHOLE, section(STACK, 0).data);
    await expect(short.close()).rejects.toThrow(/has 1 pages, not 2/);
  });
});
