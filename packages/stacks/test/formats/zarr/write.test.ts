import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { InvalidImageError, InvalidOptionError, type GreyImage } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import * as zarrita from 'zarrita';
import { zarrSink, type Dtype, type StoredData } from '../../../src/index.ts';
import { openStack, readStack, stackOutput, writeSections } from '../../../src/node/index.ts';
import { halved, scaleSizes } from '../../../src/formats/zarr/write/scales.ts';
import { expectedStack } from '../../support/fixtures.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { expectSameStack } from '../../support/stacks.ts';

const folder = temporaryFolder();

function* sectionsOf({ width, height, depth, data }: ReturnType<typeof expectedStack>): Generator<GreyImage> {
  for (let z = 0; z < depth; z++) {
    yield { width, height, data: data.subarray(z * width * height, (z + 1) * width * height) };
  }
}

/** A sink of files in memory. */
function memoryFolder() {
  const files = new Map<string, Uint8Array>();
  return { files, write: (path: string, bytes: Uint8Array) => Promise.resolve(void files.set(path, bytes)) };
}

describe('writeSections to .zarr', () => {
  it.each<Dtype>(['uint8', 'uint16', 'float32'])('%s, as it is read again', async (dtype) => {
    const stack = expectedStack(dtype, 300, 70, 3);
    const path = folder.file(`${dtype}.ome.zarr`);
    const pixelSize = { z: 40, y: 4, x: 5 };
    expect(await writeSections(path, sectionsOf(stack), { depth: 3, pixelSize })).toBe(3);
    expectSameStack(await readStack(path), stack);
    expect((await openStack(path)).pixelSize).toEqual(pixelSize);
    expect(folder.names().filter((name) => name.includes('.part'))).toEqual([]);
  });

  it('ids in 32 bits, as an image of labels', async () => {
    const path = folder.file('ids.zarr/');
    const ids = [1, 70_000].map((id) => ({ width: 3, height: 1, data: Uint32Array.of(0, id, id + 1) }));
    await writeSections(path, ids, { labels: true });
    expect((await readStack(path)).data).toEqual(Float32Array.of(0, 1, 2, 0, 70_000, 70_001));
    expect(readFileSync(`${path}/0/zarr.json`, 'utf8')).toContain('"data_type": "uint32"');
    expect(readFileSync(`${path}/zarr.json`, 'utf8')).toContain('"image-label"');
    await writeSections(path, ids);
    expect(readFileSync(`${path}/zarr.json`, 'utf8')).not.toContain('"image-label"');
  });

  it('a part lies where it does in the whole, at every scale', async () => {
    const path = folder.file('part.zarr');
    const stack = expectedStack('uint8', 1100, 6, 2);
    const origin = { z: 50, y: -80, x: 160 };
    await writeSections(path, sectionsOf(stack), { pixelSize: { z: 50, y: 8, x: 4 }, origin });
    expect((await openStack(path)).origin).toEqual(origin);
    expect((await openStack(path, { level: 1 })).origin).toEqual({ z: 50, y: -76, x: 162 });
    // Only along axes of which the size is known, and not where it is the whole.
    await writeSections(path, sectionsOf(stack), { pixelSize: { y: 8, x: 4 }, origin });
    expect((await openStack(path)).origin).toEqual({ y: -80, x: 160 });
    expect(readFileSync(`${path}/zarr.json`, 'utf8').replace(/\s+/g, '')).toContain('"translation":[0,-80,160]');
    for (const options of [{ origin }, { pixelSize: { z: 50, y: 8, x: 4 } }]) {
      await writeSections(path, sectionsOf(stack), options);
      expect(await openStack(path)).not.toHaveProperty('origin');
      expect(readFileSync(`${path}/zarr.json`, 'utf8').replace(/\s+/g, '')).toContain('"translation":[0,0,0]');
    }
    // A TIFF has no word for it.
    await writeSections(folder.file('part.tif'), sectionsOf(stack), { origin });
    expectSameStack(await readStack(folder.file('part.tif')), stack);
  });

  it('chunks of 1024 and scales down to 1024', async () => {
    const stack = expectedStack('uint8', 2500, 1030, 2);
    const path = folder.file('large.zarr');
    await writeSections(path, sectionsOf(stack));
    expectSameStack(await readStack(path), stack);
    const files = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\/\d+\/\d+\/\d+$/.test(name),
    );
    expect(files.filter((name) => name.startsWith('0/c/0/'))).toHaveLength(6);
    const source = await openStack(path, { level: 2 });
    expect(source.shape).toEqual([2, 258, 625]);
    await expect(openStack(path, { level: 3 })).rejects.toThrow(/from 0 to 2/);
    const half = await readStack(path, { level: 1 });
    const [a, b, c, d] = [0, 1, 2500, 2501].map((i) => stack.data[i + 1500] as number) as [
      number,
      number,
      number,
      number,
    ];
    expect(half.data[750]).toBe(Math.round((a + b + c + d) / 4));
  });

  it('replaces an OME-Zarr, an empty folder, and nothing else', async () => {
    const [first, second] = [expectedStack('uint8', 40, 30, 4), expectedStack('uint8', 20, 10, 1)];
    const path = folder.file('twice.zarr');
    await mkdir(path);
    await writeSections(path, sectionsOf(first));
    await writeSections(path, sectionsOf(second));
    expectSameStack(await readStack(path), second);
    expect(readdirSync(`${path}/0/c`)).toEqual(['0']);
    const other = folder.file('other.zarr');
    await mkdir(other);
    await writeFile(`${other}/letter.txt`, 'dear');
    await expect(writeSections(other, sectionsOf(second))).rejects.toThrow(
      /must be a new folder or an empty one, or an OME-Zarr, which is replaced/,
    );
    const form = await stackOutput(other);
    await expect(form.requireRoom(other, 'output')).rejects.toThrow(/^output must be a new folder/);
    expect(readFileSync(`${other}/letter.txt`, 'utf8')).toBe('dear');
    await mkdir(`${path}/labels`);
    await expect(writeSections(path, sectionsOf(first))).rejects.toThrow(/empty it \(it has labels\)/);
    expectSameStack(await readStack(path), second);
    await writeFile(folder.file('file.zarr'), '');
    await expect(form.requireRoom(folder.file('file.zarr'))).rejects.toThrow(
      /must name a folder, and file.zarr is a file/,
    );
    await expect(form.requireRoom(folder.file('no/such.zarr'))).rejects.toThrow(/must be in a folder that exists/);
  });

  it('leaves nothing after an error, and an older one stays', async () => {
    const stack = expectedStack('uint8', 20, 10, 3);
    const [path, older] = [folder.file('broken.zarr'), folder.file('older.zarr')];
    await writeSections(older, sectionsOf(stack));
    function* broken(): Generator<GreyImage> {
      yield* sectionsOf(stack);
      throw new Error('the model stopped');
    }
    await expect(writeSections(path, broken())).rejects.toThrow('the model stopped');
    await expect(writeSections(older, broken())).rejects.toThrow('the model stopped');
    await expect(writeSections(path, sectionsOf(stack), { depth: 4 })).rejects.toThrow(
      /4 sections were announced.*and 3 written/,
    );
    expect(existsSync(path)).toBe(false);
    expectSameStack(await readStack(older), stack);
    expect(folder.names().filter((name) => name.includes('.part'))).toEqual([]);
  });
});

describe('zarrSink', () => {
  it('writes the metadata of the image last', async () => {
    const { files, ...sink } = memoryFolder();
    const stack = zarrSink(sink, { width: 3, height: 2, dtype: 'uint32', labels: true });
    await stack.write(0, { x: 0, y: 0, width: 3, height: 1 }, Uint32Array.of(1, 2, 4294967295));
    await stack.write(0, { x: 0, y: 1, width: 3, height: 1 }, Uint32Array.of(4, 5, 6));
    await stack.close();
    expect([...files.keys()]).toEqual(['0/c/0/0/0', '0/zarr.json', 'zarr.json']);
    const { attributes } = JSON.parse(new TextDecoder().decode(files.get('zarr.json'))) as {
      attributes: { ome: object };
    };
    expect(attributes.ome).toMatchObject({
      version: '0.5',
      'image-label': {},
      multiscales: [{ name: 'labels', type: 'mode' }],
    });
    const axes = (attributes.ome as { multiscales: { axes: object[] }[] }).multiscales[0]?.axes;
    expect(axes).toEqual(['z', 'y', 'x'].map((name) => ({ name, type: 'space' })));
  });

  it.each(['uint8', 'uint16', 'uint32', 'float32'] as const)('zarrita reads %s', async (dtype) => {
    const { files, ...sink } = memoryFolder();
    const TYPES = { uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array, float32: Float32Array };
    const values = TYPES[dtype].from(Array.from({ length: 1100 * 40 }, (_, i) => i % 200));
    const stack = zarrSink(sink, { width: 1100, height: 40, dtype });
    await stack.write(0, { x: 0, y: 0, width: 1100, height: 40 }, values);
    await stack.close();
    const store = new Map([...files].map(([path, bytes]) => [`/${path}` as const, bytes]));
    const array = await zarrita.open(zarrita.root(store).resolve('0'), { kind: 'array' });
    expect(array.shape).toEqual([1, 40, 1100]);
    expect((await zarrita.get(array, [0, null, null])).data).toEqual(values);
  });

  it.each<[object, RegExp]>([
    [{ width: 0 }, /width must be a whole number of at least 1/],
    [{ dtype: 'int8' }, /dtype must be uint8, uint16, uint32 or float32/],
    [{ pixelSize: { y: 0, x: 1 } }, /pixelSize must be numbers of nanometres above 0/],
    [{ origin: { y: 0, x: NaN } }, /origin must be numbers of nanometres/],
  ])('refuses %o', (changes, message) => {
    const make = (): unknown => zarrSink(memoryFolder(), { width: 3, height: 2, dtype: 'uint8', ...changes });
    expect(make).toThrow(InvalidOptionError);
    expect(make).toThrow(message);
  });

  it('refuses values of another type, and no section', async () => {
    const stack = zarrSink(memoryFolder(), { width: 3, height: 1, dtype: 'uint8' });
    const region = { x: 0, y: 0, width: 3, height: 1 };
    await expect(stack.write(0, region, Uint16Array.of(1, 2, 3))).rejects.toThrow(
      /has uint8 values, and was given a Uint16Array/,
    );
    await expect(zarrSink(memoryFolder(), { width: 3, height: 1, dtype: 'uint8' }).close()).rejects.toThrow(
      InvalidImageError,
    );
  });
});

describe('scales', () => {
  it('are halved until they fit a screen', () => {
    expect(scaleSizes(1024, 1024)).toEqual([[1024, 1024]]);
    expect(scaleSizes(1, 4097)).toEqual([[1, 4097], [1, 2049], [1, 1025], [1, 513]]); // prettier-ignore
  });

  it.each<[string, StoredData, boolean, number[]]>([
    ['means, rounded', Uint8Array.of(1, 2, 9, 3, 5, 250), false, [3, 130]],
    ['means of floats', Float32Array.of(1, 2, 9, 3, 5, 250), false, [2.75, 129.5]],
    ['the least of labels that differ', Uint32Array.of(7, 2, 9, 3, 5, 250), true, [2, 9]],
    ['the most frequent of labels', Uint32Array.of(7, 4294967295, 9, 4294967295, 5, 9), true, [4294967295, 9]],
    ['membrane of as much interior', Uint8Array.of(0, 255, 255, 255, 0, 0), true, [0, 0]],
    ['large integers', Uint32Array.of(4294967295, 4294967295, 9, 4294967295, 4294967295, 9), false, [4294967295, 9]],
  ])('%s, of three columns', (_, data, labels, expected) => {
    expect([...halved({ width: 3, height: 2, data }, labels).data]).toEqual(expected);
  });

  it.each([Uint8Array, Uint16Array, Uint32Array, Float32Array])('of labels prefer no place: %o', (type) => {
    const stored = [4, 0, 3, 250].map((value) => (type === Uint32Array && value === 250 ? 2 ** 32 - 1 : value));
    // All that four pixels may be, one after the other in two rows.
    const [width, height] = [2 * 4 ** 4, 2];
    const at = (x: number, y: number): number => stored[((x >> 1) >> (2 * (2 * y + (x & 1)))) & 3] as number;
    const data = type.from(Array.from({ length: width * height }, (_, i) => at(i % width, Math.floor(i / width))));
    for (const [columns, rows] of [
      [width, height],
      [width - 1, height],
      [width, 1],
      [width - 1, 1],
    ] as const) {
      const own = type.from(Array.from({ length: rows }, (_, y) => [...data.subarray(y * width, y * width + columns)]).flat()); // prettier-ignore
      const expected = Array.from({ length: Math.ceil(columns / 2) }, (_, x) => {
        const values = Array.from({ length: rows }, (_, y) => [...own.subarray(y * columns + 2 * x, y * columns + Math.min(columns, 2 * x + 2))]).flat(); // prettier-ignore
        const often = (value: number): number => values.filter((other) => other === value).length;
        return values.sort((a, b) => often(b) - often(a) || a - b)[0];
      });
      expect([...halved({ width: columns, height: rows, data: own }, true).data]).toEqual(expected);
    }
  });

  it('of labels lie where the full one does', () => {
    // A disc in the middle, of which the upper left of four pixels would lie half a pixel too far down and right.
    const side = 256;
    const middle = (side - 1) / 2;
    const isInside = (i: number): boolean => Math.hypot((i % side) - middle, Math.floor(i / side) - middle) < 80;
    const disc = { width: side, height: side, data: Uint8Array.from({ length: side * side }, (_, i) => (isInside(i) ? 255 : 0)) }; // prettier-ignore
    const { width, height, data } = halved(halved(disc, true), true);
    const inside = [...data.keys()].filter((i) => data[i] === 255);
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(inside.map((i) => i % width))).toBe((width - 1) / 2);
    expect(mean(inside.map((i) => Math.floor(i / width)))).toBe((height - 1) / 2);
  });
});
