import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { InvalidImageError, section, type GreyStack } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import { halved } from '../../src/formats/zarr/write/scales.ts';
import { readSection, type Dtype } from '../../src/index.ts';
import { openStack, readStack, writeRows, writeSections, type SectionRows } from '../../src/node/index.ts';
import { expectedStack } from '../support/fixtures.ts';
import { temporaryFolder } from '../support/folder.ts';

const folder = temporaryFolder();

/** The rows of `stack` by `count` at once, from the top down, in memory that is used again for each. */
function* bandsOf({ width, height, depth, data }: GreyStack, count: number): Generator<SectionRows> {
  const memory = data.slice(0, count * width);
  for (let z = 0; z < depth; z++) {
    for (let y = 0; y < height; y += count) {
      const rows = data.subarray((z * height + y) * width, (z * height + Math.min(height, y + count)) * width);
      memory.set(rows);
      yield { z, y, data: memory.subarray(0, rows.length) };
    }
  }
}

/** Every file of the output at `where`, by its name. */
function filesOf(where: string): [name: string, bytes: Buffer][] {
  if (!statSync(where).isDirectory()) return [['', readFileSync(where)]];
  const names = readdirSync(where, { recursive: true, encoding: 'utf8' }).sort();
  return names
    .filter((name) => statSync(path.join(where, name)).isFile())
    .map((name) => [name, readFileSync(path.join(where, name))]);
}

describe('writeRows', () => {
  it.each<[string, Dtype, number, number[]]>([
    ['.tif', 'uint8', 2, [1, 37, 832, 2051, 3000]],
    ['.tf8', 'float32', 2, [1, 37, 832]],
    ['.zarr', 'uint16', 2, [1, 37, 832, 1025]],
    ['.zarr', 'float32', 1, [511]],
    ['.png', 'uint8', 1, [37, 832]],
    ['/', 'uint16', 2, [37, 832]],
  ])('to x%s: what writeSections writes, %s', async (ending, dtype, depth, counts) => {
    const stack = expectedStack(dtype, 1030, 2051, depth);
    const whole = folder.file(`whole-${dtype}${ending}`);
    await writeSections(
      whole,
      Array.from({ length: depth }, (_, z) => section(stack, z)),
      { depth },
    );
    for (const count of counts) {
      const written = folder.file(`${count}-${dtype}${ending}`);
      const size = { width: stack.width, height: stack.height, depth };
      expect(await writeRows(written, bandsOf(stack, count), size)).toBe(depth);
      expect(filesOf(written).map(([name]) => name)).toEqual(filesOf(whole).map(([name]) => name));
      expect(filesOf(written).filter(([, bytes], i) => !bytes.equals(filesOf(whole)[i]?.[1] as Buffer))).toEqual([]);
    }
  });

  it.each([false, true])('to .zarr: scales that are halved from the whole (labels: %s)', async (labels) => {
    const stack = expectedStack('uint8', 1500, 4099, 2);
    const where = folder.file(`scales-${labels}.zarr`);
    await writeRows(where, bandsOf(stack, 37), { ...stack, labels });
    let images = [0, 1].map((z) => section(stack, z));
    for (const [level, height] of [4099, 2050, 1025, 513].entries()) {
      if (level > 0) images = images.map((image) => halved(image, labels) as typeof image);
      const source = await openStack(where, { level });
      expect(source.shape[1]).toBe(height);
      for (const z of [0, 1]) {
        expect(Buffer.compare((await readSection(source, z)).data as Uint8Array, images[z]?.data as Uint8Array)).toBe(
          0,
        );
      }
    }
  });

  it('holds rows that come before those above them', async () => {
    const stack = expectedStack('uint8', 30, 20, 2);
    const bands = [...bandsOf(stack, 20)].flatMap(({ z }) =>
      [12, 0, 7].map((y, i) => {
        const end = [20, 7, 12][i] as number;
        return { z, y, data: section(stack, z).data.subarray(y * 30, end * 30) };
      }),
    );
    await writeRows(folder.file('mixed.tif'), bands, { width: 30, height: 20, depth: 2 });
    expect(await readStack(folder.file('mixed.tif'))).toEqual(stack);
  });

  it.each<[string, SectionRows[], RegExp]>([
    ['no rows', [], /There is no section/],
    [
      'values that are not whole rows',
      [{ z: 0, y: 0, data: new Uint8Array(4) }],
      /Rows of 3 pixels were given 4 values/,
    ],
    ['missing rows', [{ z: 0, y: 0, data: new Uint8Array(3) }], /Section 1 lacks 3 pixels/],
    [
      'rows outside of the section',
      [{ z: 0, y: 1, data: new Uint8Array(6) }],
      /region must be whole pixels inside of 3 x 2/,
    ],
    ['a section too early', [{ z: 1, y: 0, data: new Uint8Array(6) }], /z must be 0/],
    ['fewer sections than announced', [{ z: 0, y: 0, data: new Uint8Array(6) }], /1 pages, not 2/],
    [
      'another type',
      [
        { z: 0, y: 0, data: new Uint8Array(3) },
        { z: 0, y: 1, data: new Float32Array(3) },
      ],
      /has uint8 values, and was given a Float32Array/,
    ],
  ])('refuses %s, and leaves nothing', async (_, rows, message) => {
    const written = writeRows(folder.file('refused.tif'), rows, { width: 3, height: 2, depth: 2 });
    await expect(written).rejects.toThrow(message);
    expect(existsSync(folder.file('refused.tif'))).toBe(false);
  });

  it('a PNG has one section, and ids of up to 65535', async () => {
    const size = { width: 3, height: 2 };
    const two = [0, 1].map((z) => ({ z, y: 0, data: new Uint8Array(6) }));
    await expect(writeRows(folder.file('two.png'), two, size)).rejects.toThrow(InvalidImageError);
    const ids = [0, 65_536].map((id, y) => ({ z: 0, y, data: Uint32Array.of(0, 1, id) }));
    await expect(writeRows(folder.file('ids.png'), ids, size)).rejects.toThrow(/up to 65535, and there is 65536/);
  });
});
