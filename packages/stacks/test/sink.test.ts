import { section, type Rectangle } from '@dilated-unet/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTiffStack, stackSource, tiffSink, type StoredData } from '../src/index.ts';
import { rowSink } from '../src/sink.ts';
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

describe('rowSink', () => {
  const form = { width: 5, height: 6, dtype: 'uint8' } as const;
  const stack = { width: 5, height: 6, depth: 2, data: Uint8Array.from({ length: 60 }, (_, i) => i) };
  const rows = (y: number, height: number): Rectangle => ({ x: 0, y, width: 5, height });
  const cut = async (z: number, region: Rectangle): Promise<Uint8Array> =>
    Uint8Array.from((await stackSource(stack).read(z, region)).data);
  const begin = () => {
    const given: number[][] = [];
    const add = (data: StoredData): Promise<void> => Promise.resolve(void given.push([...data]));
    return { given, sink: rowSink(form, { add, close: () => Promise.resolve() }) };
  };

  it('hands bands of full width on as they come', async () => {
    const { given, sink } = begin();
    for (const [z, y, height] of [
      [0, 0, 1],
      [0, 1, 4],
      [0, 5, 1],
      [1, 0, 6],
    ] as const) {
      const data = await cut(z, rows(y, height));
      await sink.write(z, rows(y, height), data);
      expect(given.at(-1)).toEqual([...data]);
      data.fill(0);
    }
    await sink.close();
    expect(given.flat()).toEqual([...stack.data]);
  });

  it('hands a row on when all above it are there, and no later', async () => {
    const { given, sink } = begin();
    const steps: [Rectangle, number][] = [
      [{ x: 2, y: 0, width: 3, height: 2 }, 0],
      [rows(3, 2), 0],
      [{ x: 0, y: 0, width: 2, height: 1 }, 1],
      [{ x: 0, y: 1, width: 1, height: 2 }, 1],
      [{ x: 1, y: 1, width: 1, height: 1 }, 2],
      [{ x: 1, y: 2, width: 4, height: 1 }, 5],
      [rows(5, 1), 6],
    ];
    for (const [region, expected] of steps) {
      const data = await cut(0, region);
      await sink.write(0, region, data);
      data.fill(0);
      expect(given.flat()).toEqual([...stack.data.subarray(0, expected * 5)]);
    }
  });

  it('puts regions in any order together', async () => {
    // A grid of 2 x 3 cells, whose borders and order are drawn.
    const cells = fc.tuple(fc.nat(3), fc.nat(2), fc.nat(1)).map(([x, y, more]) => {
      const [across, down] = [[0, x + 1, 5], [0, y + 1, y + 2 + more, 6]] as const; // prettier-ignore
      return down.slice(1).flatMap((bottom, i) =>
        across.slice(1).map((right, j): Rectangle => {
          const [top, left] = [down[i] as number, across[j] as number];
          return { x: left, y: top, width: right - left, height: bottom - top };
        }),
      );
    });
    const orders = cells.chain((regions) =>
      fc.shuffledSubarray(regions, { minLength: regions.length, maxLength: regions.length }),
    );
    const property = fc.asyncProperty(orders, orders, async (...sections) => {
      const { given, sink } = begin();
      for (const [z, regions] of sections.entries()) {
        for (const region of regions) await sink.write(z, region, await cut(z, region));
      }
      await sink.close();
      expect(given.flat()).toEqual([...stack.data]);
    });
    await fc.assert(property, { seed: 3, numRuns: 200 });
  });

  it.each<[string, Rectangle[], Rectangle]>([
    ['rows that went on', [rows(0, 3)], rows(2, 2)],
    ['rows that wait', [rows(3, 2)], rows(0, 4)],
    ['part of a row', [{ x: 0, y: 2, width: 3, height: 1 }], { x: 2, y: 2, width: 2, height: 1 }],
    [
      'a region twice, where another is missing',
      [{ x: 0, y: 0, width: 2, height: 6 }],
      { x: 0, y: 0, width: 2, height: 6 },
    ],
  ])('refuses an overlap with %s', async (_, regions, last) => {
    const { sink } = begin();
    for (const region of regions) await sink.write(0, region, await cut(0, region));
    await expect(sink.write(0, last, await cut(0, last))).rejects.toThrow(/regions of section 1 overlap/);
  });

  it('refuses another section before the last row, another dtype, and an end before it', async () => {
    const { sink } = begin();
    await sink.write(0, rows(0, 5), await cut(0, rows(0, 5)));
    await expect(sink.write(1, rows(0, 1), new Uint8Array(5))).rejects.toThrow(/z must be 0/);
    await expect(sink.write(0, rows(5, 1), new Uint16Array(5))).rejects.toThrow(
      /has uint8 values, and was given a Uint16Array/,
    );
    await expect(sink.close()).rejects.toThrow(/Section 1 lacks 5 pixels/);
    const gap = begin().sink;
    await gap.write(0, rows(1, 5), await cut(0, rows(1, 5)));
    await expect(gap.close()).rejects.toThrow(/Section 1 lacks 5 pixels/);
  });
});
