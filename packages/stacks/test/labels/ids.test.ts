import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InvalidImageError } from '@dilated-unet/core';
import { IGNORED, interpretLabels } from '../../src/index.ts';
import { readStack } from '../../src/node/index.ts';
import { buildTiff, greyPage, storedBytes } from '../support/build-tiff.ts';
import { arrayV3, writeFiles } from '../support/zarr.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ids-'));
});
afterAll(() => rm(folder, { recursive: true }));

const [UNSIGNED, SIGNED, FLOAT] = [1, 2, 3];
type Stored = Parameters<typeof storedBytes>[0];

/** A TIFF of one row a page. */
async function tiff(
  name: string,
  type: Stored,
  format: number,
  ...pages: (readonly (number | bigint)[])[]
): Promise<string> {
  const bits = Number(/\d+/.exec(type)?.[0]);
  const built = pages.map((values) =>
    greyPage(values.length, 1, storedBytes(type, values), { 258: bits, 339: format }),
  );
  const path = join(folder, name);
  await writeFile(path, buildTiff(built));
  return path;
}

const read = (path: string) => readStack(path, { labels: true });

/** A mask of four pixels that ignores one. */
const maskOf = (place: number) => ({
  stack: { width: 4, height: 1, depth: 1, data: Uint8Array.from({ length: 4 }, (_, i) => (i === place ? 1 : 0)) },
  name: 'mask.tif',
});

/** Which values are equal, by the place of the first that each is equal to. */
const equality = (values: readonly unknown[]): readonly number[] => values.map((value) => values.indexOf(value));

/** Ids of FlyWire's kind: they differ by less than a double can say. */
const LARGE = [
  0n,
  720575940620000001n,
  720575940620000002n,
  720575940620000001n,
  7n,
  2n ** 24n,
  2n ** 24n + 1n,
  2n ** 63n - 1n,
];

describe('ids that float32 does not hold', () => {
  it.each([
    ['uint64', 'BigUint64', UNSIGNED, LARGE],
    ['int64', 'BigInt64', SIGNED, LARGE],
    ['uint32', 'Uint32', UNSIGNED, [0, 16777217, 16777216, 16777217, 4294967294, 3]],
    ['int32', 'Int32', SIGNED, [0, 16777217, 16777216, -1, 2147483647, 3]],
    ['float64', 'Float64', FLOAT, [0, 2 ** 53 - 1, 2 ** 53 - 2, 2 ** 24, 2 ** 24 + 1, 0.5]],
  ] as const)('are equal where they are equal in a TIFF of %s', async (_, type, format, values) => {
    const { data } = await read(await tiff(`${type}.tif`, type, format, values));
    expect(equality([...data])).toEqual(equality(values));
    // Those that float32 holds stay as they are.
    values.forEach((value, i) => {
      if (value <= 2 ** 24) expect(data[i]).toBe(Number(value));
      else expect(data[i]).toBeGreaterThan(2 ** 24);
    });
  });

  it('are equal from page to page, and from file to file of a folder', async () => {
    // The second of the large ids comes first there.
    const [first, second] = [LARGE.slice(0, 4), [...LARGE.slice(2, 4), 7n, 0n]];
    const expected = equality([...first, ...second]);
    const pages = await read(await tiff('pages.tif', 'BigUint64', UNSIGNED, first, second));
    expect(equality([...pages.data])).toEqual(expected);
    await mkdir(join(folder, 'sections'));
    await tiff('sections/1.tif', 'BigUint64', UNSIGNED, first);
    await tiff('sections/2.tif', 'BigUint64', UNSIGNED, second);
    expect(equality([...(await read(join(folder, 'sections'))).data])).toEqual(expected);
  });

  it('are equal in chunks of a zarr', async () => {
    const values = [...LARGE, ...LARGE.slice(0, 4).reverse()];
    const chunks = [values.slice(0, 6), values.slice(6)];
    const path = await writeFiles(join(folder, 'ids.zarr'), {
      'zarr.json': arrayV3({
        shape: [2, 6],
        data_type: 'uint64',
        chunk_grid: { name: 'regular', configuration: { chunk_shape: [1, 6] } },
        codecs: [{ name: 'bytes', configuration: { endian: 'little' } }],
      }),
      'c/0/0': storedBytes('BigUint64', chunks[0] ?? []),
      'c/1/0': storedBytes('BigUint64', chunks[1] ?? []),
    });
    expect(equality([...(await read(path)).data])).toEqual(equality(values));
  });

  it('stay an error where the values are no labels', async () => {
    const path = await tiff('images.tif', 'BigUint64', UNSIGNED, LARGE);
    await expect(readStack(path)).rejects.toThrow('the value 720575940620000000 is too large');
  });
});

describe('what is no id', () => {
  it.each([
    ['Float32', FLOAT, [16777216, 16777218], 'the id 16777218 may have been rounded'],
    ['Float64', FLOAT, [2 ** 53 + 2], 'the id 9007199254740994 may have been rounded'],
    ['BigUint64', UNSIGNED, [2n ** 63n], 'the value -9223372036854776000 is too large'],
  ] as const)('%s %i', async (type, format, values, message) => {
    const path = await tiff('none.tif', type, format, values);
    await expect(read(path)).rejects.toBeInstanceOf(InvalidImageError);
    await expect(read(path)).rejects.toThrow(message);
    await expect(read(path)).rejects.toThrow(/none\.tif: Page 1 .*\. Save /);
  });

  it.each([
    ['BigUint64', [2n ** 64n - 1n, 7n, 2n ** 64n - 3n, 2n ** 40n], [-1, 7, -3]],
    ['Uint32', [4294967295, 7, 4294967294, 9], [-1, 7]],
  ] as const)('%s: what is negative in an unsigned type is so', async (type, values, [marker, id, another]) => {
    const path = await tiff('marked.tif', type, UNSIGNED, values);
    const stored = await read(path);
    expect(stored.data[0]).toBe(marker);
    expect(stored.data[1]).toBe(id);
    if (another !== undefined) expect(stored.data[2]).toBe(another);
    // Refused as an id, and taken where it is ignored.
    const how = { labelKind: 'instances' } as const;
    const context = { name: 'marked.tif' };
    expect(() => interpretLabels(stored, how, context)).toThrow(/found -1 at x 0, y 0 .* ignore it \(`ignore`\)/);
    const rules = { ...how, ignore: -1, ...(another !== undefined && { ignoreMask: maskOf(2) }) };
    expect(interpretLabels(stored, rules, context).labels.data[0]).toBe(IGNORED);
  });
});
