import { bandsOf } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import { openPlace } from '../../../src/open.ts';
import type { FolderPlace } from '../../../src/formats/format.ts';
import { arrayV3 } from '../../support/zarr.ts';

/** 40 sections of 8 x 8 pixels in chunks of 4 x 4 x 4, each of which has the number of its layer; the last layer is not stored. */
function volume(): { readonly place: FolderPlace; readonly reads: string[] } {
  const metadata = arrayV3({
    shape: [40, 8, 8],
    chunk_grid: { name: 'regular', configuration: { chunk_shape: [4, 4, 4] } },
    dimension_names: ['z', 'y', 'x'],
    fill_value: 99,
  });
  const reads: string[] = [];
  const place: FolderPlace = {
    kind: 'folder',
    name: 'volume.zarr',
    list: () => Promise.resolve(['zarr.json']),
    file: () => {
      throw new Error('no file is opened');
    },
    read: (path) => {
      if (path === 'zarr.json') return Promise.resolve(new TextEncoder().encode(JSON.stringify(metadata)));
      const layer = Number(/^c\/(\d+)\//.exec(path)?.[1] ?? NaN);
      if (Number.isNaN(layer)) return Promise.resolve(undefined);
      reads.push(path);
      return Promise.resolve(layer === 9 ? undefined : new Uint8Array(64).fill(layer));
    },
  };
  return { place, reads };
}

const WHOLE = { x: 0, y: 0, width: 8, height: 8 };

it('chunks of several sections are decoded once while there is room for them, wherever is read', async () => {
  const { place, reads } = volume();
  const source = await openPlace(place);
  expect(source.chunk).toEqual([4, 4, 4]);
  for (const z of [0, 21, 3, 39, 20, 1, 36]) {
    const expected = z >= 36 ? 99 : Math.floor(z / 4);
    expect((await source.read(z, WHOLE)).data.every((value) => value === expected)).toBe(true);
  }
  expect(reads).toHaveLength(3 * 4);
});

it('chunks of another layer make room, those that were not used for the longest first', async () => {
  const { place, reads } = volume();
  // A fourth is for chunks: those of two layers and a half, as each takes 256 bytes more.
  const source = await openPlace(place, { maxBytes: 4 * 10 * (64 + 256) });
  const read = async (z: number): Promise<number> => {
    const before = reads.length;
    await source.read(z, WHOLE);
    return reads.length - before;
  };
  expect([await read(0), await read(4), await read(1)]).toEqual([4, 4, 0]);
  // Two places are free, and the two chunks of the second layer that were used before the others go.
  expect([await read(8), await read(2), await read(9)]).toEqual([4, 0, 0]);
  expect(await read(5)).toBe(2);
});

it('no more than is said, and no more than is asked for later', async () => {
  const { place, reads } = volume();
  const source = await openPlace(place);
  // All of them; and those of a section, four at once, of bytes as they are stored.
  expect(source.keptBytes).toBe(10 * 4 * (64 + 256));
  expect(source.readBytes).toBe(4 * 64);
  for (const z of [0, 1, 2]) await source.read(z, WHOLE);
  expect(reads).toHaveLength(4);
  source.keep?.(0);
  await source.read(3, WHOLE);
  expect(reads).toHaveLength(8);
});

it('a layer for which there is no room keeps what there is room for', async () => {
  const { place, reads } = volume();
  const source = await openPlace(place, { maxBytes: 4 * 3 * (64 + 256) });
  for (const z of [0, 1, 2]) await source.read(z, WHOLE);
  expect(reads).toHaveLength(4 + 1 + 1);
});

describe.each([
  ['wide, of which a row of chunks is several bands', 2 ** 22 + 2, 8, [4, 2 ** 21], 8],
  ['of which bands end within a row of chunks', 2 ** 10, 2 ** 13, [2 ** 11 - 1, 2 ** 9], 2],
] as const)('large sections, %s, in chunks of one section', (_, width, height, [rows, columns], bands) => {
  /** Three of them in chunks each of which has the number of its row. */
  function large(): { readonly place: FolderPlace; readonly reads: string[] } {
    const metadata = arrayV3({
      shape: [3, height, width],
      chunk_grid: { name: 'regular', configuration: { chunk_shape: [1, rows, columns] } },
      dimension_names: ['z', 'y', 'x'],
    });
    const reads: string[] = [];
    const place: FolderPlace = {
      ...volume().place,
      read: (path) => {
        if (path === 'zarr.json') return Promise.resolve(new TextEncoder().encode(JSON.stringify(metadata)));
        const row = Number(/^c\/\d+\/(\d+)\//.exec(path)?.[1] ?? NaN);
        if (Number.isNaN(row)) return Promise.resolve(undefined);
        reads.push(path);
        return Promise.resolve(new Uint8Array(rows * columns).fill(row));
      },
    };
    return { place, reads };
  }

  it('each is decoded once', async () => {
    const { place, reads } = large();
    const source = await openPlace(place);
    const inRow = Math.ceil(width / columns);
    expect(source.keptBytes).toBe(3 * inRow * (rows * columns + 256));
    let read = 0;
    for (const z of [0, 1]) {
      for await (const { y, height: many, data } of bandsOf(source, z)) {
        expect([data[0], data.at(-1)]).toEqual([y, y + many - 1].map((row) => Math.floor(row / rows)));
        read++;
      }
    }
    expect(read).toBe(2 * bands);
    expect(reads).toHaveLength(2 * Math.ceil(height / rows) * inRow);
  });

  it('each is decoded once where three sections are read at once, in bands of fewer rows', async () => {
    const { place, reads } = large();
    const source = await openPlace(place);
    const few = { width, x: 0, height: 1 };
    for (const y of [0, 1, 2, rows, rows + 1]) {
      for (const z of [0, 1, 2]) await source.read(z, { ...few, y });
    }
    expect(reads).toHaveLength(3 * 2 * Math.ceil(width / columns));
  });
});
