import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { gzipSync, deflateSync } from 'node:zlib';
import { InvalidImageError, InvalidOptionError } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import { openStack, readStack } from '../../../src/node/index.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { arrayV2, arrayV3, chunk, groupV3, imageV5, writeFiles } from '../../support/zarr.ts';

const folder = temporaryFolder();
let count = 0;

/** A new folder with these files. */
function zarr(files: Readonly<Record<string, Uint8Array | object>>): Promise<string> {
  return writeFiles(folder.file(`${count++}.zarr`), files);
}

const gzip = [{ name: 'bytes' }, { name: 'gzip', configuration: { level: 1 } }];
const both = { 'c/0/0': chunk(1), 'c/0/1': chunk(2) };

describe('metadata that cannot be, or ask for more than is read', () => {
  it.each<[string, object, RegExp]>([
    ['half a file', new TextEncoder().encode('{"zarr_format": 3,'), /zarr\.json: it is not JSON .*Get the data again/],
    ['no object', [3], /zarr\.json: it is not an object/],
    ['another version', { zarr_format: 4 }, /zarr_format is 4, not 3/],
    ['no kind of node', { zarr_format: 3, node_type: 'table' }, /node_type is "table"/],
    ['no shape', arrayV3({ shape: undefined }), /shape must be an array of whole numbers/],
    ['a negative shape', arrayV3({ shape: [-4, 6] }), /shape must be an array of whole numbers/],
    ['fractions', arrayV3({ shape: [4, 6.5] }), /shape must be an array of whole numbers/],
    ['an empty array', arrayV3({ shape: [0, 6] }), /the array of 0 x 6 values is empty/],
    ['a shape beyond all numbers', arrayV3({ shape: [2 ** 40, 2 ** 40] }), /an array of 1099511627776 x .* cannot be/],
    [
      'chunks of other axes',
      arrayV3({ chunk_grid: { name: 'regular', configuration: { chunk_shape: [4] } } }),
      /the shape of a chunk must be 2 whole numbers of at least 1/,
    ],
    [
      'empty chunks',
      arrayV3({ chunk_grid: { name: 'regular', configuration: { chunk_shape: [4, 0] } } }),
      /the shape of a chunk must be 2 whole numbers of at least 1/,
    ],
    ['another grid', arrayV3({ chunk_grid: { name: 'rectilinear' } }), /chunk grid "rectilinear" is not read/],
    ['complex values', arrayV3({ data_type: 'complex64' }), /data_type "complex64" are not read: .*Write it again/],
    ['an extension', arrayV3({ data_type: { name: 'datetime' } }), /data_type .*datetime.* are not read/],
    ['a fill value of another type', arrayV3({ fill_value: 256 }), /fill_value is 256, not a number of "uint8"/],
    [
      'an unknown codec',
      arrayV3({ codecs: [{ name: 'bytes' }, { name: 'pcodec' }] }),
      /codec "pcodec" is not read: blosc, zstd/,
    ],
    ['no codec', arrayV3({ codecs: [] }), /codec missing is not read/],
    [
      'an axis twice',
      arrayV3({ codecs: [{ name: 'transpose', configuration: { order: [0, 0] } }, { name: 'bytes' }] }),
      /order of transpose is \[0,0\]/,
    ],
    ['a field that must be understood', arrayV3({ secret: { name: 'x' } }), /field "secret" is not known/],
    [
      'storage transformers',
      arrayV3({ storage_transformers: [{ name: 'x' }] }),
      /storage transformers .* are not read/,
    ],
    ['other keys', arrayV3({ chunk_key_encoding: { name: 'hashed' } }), /chunk_key_encoding "hashed" is not read/],
    [
      'four axes without names',
      arrayV3({ shape: [1, 1, 4, 6], chunk_grid: { name: 'regular', configuration: { chunk_shape: [1, 1, 4, 4] } } }),
      /does not say what its 4 axes are/,
    ],
    ['an axis that is none', arrayV3({ dimension_names: ['angle', 'x'] }), /the array: its axis "angle" has 4 places/],
    ['no y', arrayV3({ shape: [4, 1], dimension_names: ['x', 'angle'] }), /its axes are x, angle, without y or x/],
    ['an axis twice', arrayV3({ dimension_names: ['x', 'x'] }), /two of its axes are x/],
  ])('%s', async (_, metadata, message) => {
    const path = await zarr({ 'zarr.json': metadata });
    const error: unknown = await openStack(path).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(InvalidImageError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message.startsWith(`${path}: `)).toBe(true);
  });

  it.each<[string, object, RegExp]>([
    ['a structured dtype', { dtype: [['a', '<u2']] }, /dtype .* are not read/],
    ['a date', { dtype: '<M8[ns]' }, /dtype "<M8\[ns\]" are not read/],
    ['a filter', { filters: [{ id: 'delta', dtype: '|u1' }] }, /filter "delta" is not read/],
    ['an unknown compressor', { compressor: { id: 'lzma' } }, /compressor "lzma" is not read/],
    ['another order', { order: 'A' }, /order is "A"/],
    ['another separator', { dimension_separator: '../' }, /dimension_separator is "\.\.\/"/],
  ])('zarr 2: %s', async (_, changes, message) => {
    await expect(openStack(await zarr({ '.zarray': arrayV2(changes) }))).rejects.toThrow(message);
  });

  it.each<[string, object, RegExp]>([
    ['a group without an image', groupV3({}), /it is a group without an image: its attributes have no multiscales/],
    [
      'a plate',
      groupV3({ plate: { wells: [{ path: 'A/1' }, { path: 'B/2' }] } }),
      /it is a plate of 2 wells: A\/1, B\/2\. Name the folder of one of them/,
    ],
    [
      'an older version',
      imageV5({ axes: undefined, version: '0.1' }),
      /its axes have no names.*\(its version is "0\.1"\)/,
    ],
    ['no datasets', imageV5({ datasets: [] }), /its datasets are \[\]/],
    ['a scale that is not there', imageV5(), /0: there is no array, which the metadata name/],
    ['a path that leads out', imageV5({ datasets: [{ path: '../other.zarr/0' }] }), /may lead out of the folder/],
    ['an absolute path', imageV5({ datasets: [{ path: '/etc' }] }), /may lead out of the folder/],
    [
      'an encoded path stays inside',
      imageV5({ datasets: [{ path: '..%2fother' }] }),
      /\.\.%2fother: there is no array/,
    ],
    ['no list of images', groupV3({ multiscales: 3 }), /multiscales are 3, not a list/],
  ])('%s', async (_, metadata, message) => {
    await expect(openStack(await zarr({ 'zarr.json': metadata }))).rejects.toThrow(message);
  });

  it('other numbers of axes than the array has', async () => {
    const path = await zarr({
      'zarr.json': imageV5(),
      '0/zarr.json': arrayV3({ shape: [4], chunk_grid: { name: 'regular', configuration: { chunk_shape: [4] } } }),
    });
    await expect(openStack(path)).rejects.toThrow(/0: it has 1 axes, but the metadata name 2 \(y, x\)/);
  });

  it('a chunk or a table of a shard that takes more than the limit', async () => {
    const huge = { shape: [1e5, 1e5], chunk_grid: { name: 'regular', configuration: { chunk_shape: [1e5, 1e5] } } };
    const path = await zarr({ 'zarr.json': arrayV3(huge) });
    await expect(openStack(path, { maxBytes: 2 ** 30 })).rejects.toThrow(
      /A chunk of 100000 x 100000 uint8 values takes 10000000000 bytes/,
    );
    const configuration = { chunk_shape: [1, 1], codecs: [{ name: 'bytes' }], index_codecs: [{ name: 'bytes' }] };
    const sharded = await zarr({
      'zarr.json': arrayV3({ ...huge, codecs: [{ name: 'sharding_indexed', configuration }] }),
    });
    await expect(openStack(sharded, { maxBytes: 2 ** 30 })).rejects.toThrow(
      /The table of a shard of 100000 x 100000 chunks takes 160000000000 bytes/,
    );
  });

  it('a region that takes more than the limit', async () => {
    const path = await zarr({ 'zarr.json': arrayV3({ shape: [1e5, 1e5] }) });
    const source = await openStack(path, { maxBytes: 2 ** 20 });
    await expect(source.read(0, { x: 0, y: 0, width: 1e5, height: 1e5 })).rejects.toThrow(
      /A region of 100000 x 100000 uint8/,
    );
    expect((await source.read(0, { x: 99_999, y: 99_999, width: 1, height: 1 })).data).toEqual(Uint8Array.of(0));
  });

  it('a region in more chunks of few pixels than can be read in time', async () => {
    const grid = (shape: number[]): object => ({
      chunk_grid: { name: 'regular', configuration: { chunk_shape: shape } },
    });
    const small = await openStack(await zarr({ 'zarr.json': arrayV3({ shape: [200, 200], ...grid([1, 2]) }) }));
    await expect(small.read(0, { x: 0, y: 0, width: 200, height: 200 })).rejects.toThrow(
      /200 x 200 pixels lies in 20000 chunks of 2 x 1, and at most 4096 so small ones are read at once/,
    );
    expect((await small.read(0, { x: 0, y: 0, width: 3, height: 3 })).data).toEqual(new Uint8Array(9));
  });
});

describe('chunks', () => {
  it.each<[string, object[], Uint8Array, RegExp]>([
    [
      'short',
      [{ name: 'bytes' }],
      new Uint8Array(15),
      /chunk c\/0\/1: it is damaged or cut off: it has 15 bytes, not the 16/,
    ],
    ['empty', [{ name: 'bytes' }], new Uint8Array(0), /chunk c\/0\/1: .* it has 0 bytes, not the 16/],
    ['long', [{ name: 'bytes' }], new Uint8Array(17), /c\/0\/1 .*the file has more than the 16 bytes that it can need/],
    ['short once inflated', gzip, gzipSync(new Uint8Array(15)), /chunk c\/0\/1: .* it has 15 bytes, not the 16/],
    ['long once inflated', gzip, gzipSync(new Uint8Array(17)), /chunk c\/0\/1: .* more than the 16 bytes/],
    ['a bomb', gzip, gzipSync(new Uint8Array(2 ** 25)), /chunk c\/0\/1: .* more than the 16 bytes that it can hold/],
    ['damaged', gzip, gzipSync(chunk(1)).subarray(0, 20), /chunk c\/0\/1: it is damaged or cut off: its Deflate data/],
    [
      'another compression',
      [{ name: 'bytes' }, { name: 'zstd' }],
      gzipSync(chunk(1)),
      /chunk c\/0\/1: it is damaged or cut off: its Zstandard data/,
    ],
    ['no Blosc', [{ name: 'bytes' }, { name: 'blosc' }], chunk(2), /chunk c\/0\/1: .* its Blosc data is damaged/],
    [
      'a wrong checksum',
      [{ name: 'bytes' }, { name: 'crc32c' }],
      new Uint8Array(20).fill(1),
      /its checksum \(CRC-32C\)/,
    ],
    [
      'a bomb in two layers',
      [...gzip, { name: 'zlib' }],
      deflateSync(gzipSync(new Uint8Array(2 ** 27))),
      /more than the 65568 bytes/,
    ],
  ])('%s', async (_, codecs, content, message) => {
    const path = await zarr({ 'zarr.json': arrayV3({ codecs }), 'c/0/1': content });
    const source = await openStack(path);
    expect((await source.read(0, { x: 0, y: 0, width: 4, height: 4 })).data).toEqual(new Uint8Array(16));
    const error: unknown = await source.read(0, { x: 0, y: 0, width: 6, height: 4 }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(InvalidImageError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message.startsWith(`${path}: `)).toBe(true);
  });

  it('values that float32 cannot hold', async () => {
    const path = await zarr({
      'zarr.json': arrayV3({ data_type: 'uint32', codecs: [{ name: 'bytes', configuration: { endian: 'little' } }] }),
      'c/0/0': new Uint8Array(64).fill(255),
    });
    await expect(readStack(path)).rejects.toThrow(/chunk c\/0\/0: the value 4294967295 is too large/);
    const filled = await zarr({ 'zarr.json': arrayV3({ data_type: 'uint32', fill_value: 4294967295 }) });
    await expect(readStack(filled)).rejects.toThrow(/the fill value 4294967295 is too large/);
    const source = await openStack(filled);
    const again = (): Promise<unknown> => source.read(0, { x: 0, y: 0, width: 6, height: 4 });
    for (let i = 0; i < 2; i++) await expect(again()).rejects.toThrow(/the fill value 4294967295 is too large/);
  });

  it('a shard whose table is cut off, damaged, or leads out of it', async () => {
    const configuration = {
      chunk_shape: [2, 2],
      codecs: [{ name: 'bytes' }],
      index_codecs: [{ name: 'bytes', configuration: { endian: 'little' } }],
    };
    const metadata = arrayV3({ codecs: [{ name: 'sharding_indexed', configuration }] });
    const table = (start: bigint, length: bigint): Uint8Array =>
      new Uint8Array(BigUint64Array.from([start, length, ...new Array<bigint>(6).fill(2n ** 64n - 1n)]).buffer);
    const read = async (content: Uint8Array): Promise<Uint8Array> =>
      (await readStack(await zarr({ 'zarr.json': metadata, 'c/0/0': content }))).data as Uint8Array;
    const values = Uint8Array.of(1, 2, 3, 4);
    const right = Buffer.concat([values, table(0n, 4n)]);
    expect([...(await read(right)).subarray(0, 8)]).toEqual([1, 2, 0, 0, 0, 0, 3, 4]);
    await expect(read(right.subarray(8))).rejects.toThrow(/c\/0\/0 cannot be read: it has 60 bytes.*It is cut off/);
    await expect(read(Buffer.concat([values, table(60n, 40n)]))).rejects.toThrow(/has 40 bytes, more than the 4/);
    await expect(read(Buffer.concat([values, table(66n, 4n)]))).rejects.toThrow(/bytes 66 to 70 are asked for/);
    await expect(read(Buffer.concat([values, table(2n ** 63n, 2n ** 62n)]))).rejects.toThrow(
      /its table says that chunk 0/,
    );
    await expect(read(Buffer.concat([values, table(0n, 3n)]))).rejects.toThrow(
      /chunk 0, 0 in c\/0\/0: .* it has 3 bytes/,
    );
  });

  it('links are followed inside of the folder, and refused where they leave it', async () => {
    const path = await zarr({ 'zarr.json': arrayV3(), ...both });
    symlinkSync('../0/0', `${path}/c/0/2`);
    writeFileSync(`${path}/zarr.json`, JSON.stringify(arrayV3({ shape: [4, 12] })));
    expect((await readStack(path)).data.subarray(0, 12)).toEqual(Uint8Array.of(1, 1, 1, 1, 2, 2, 2, 2, 1, 1, 1, 1));
    const outside = await zarr({ 'zarr.json': arrayV3(), 'c/0/0': chunk(1) });
    symlinkSync('/etc/passwd', `${outside}/c/0/1`);
    await expect(readStack(outside)).rejects.toThrow(
      /c\/0\/1 cannot be read: it is a link that leaves the folder \(\/etc\/passwd\)/,
    );
    const dead = await zarr({ 'zarr.json': arrayV3(), 'c/0/0': chunk(1) });
    symlinkSync('nowhere', `${dead}/c/0/1`);
    await expect(readStack(dead)).rejects.toThrow(/c\/0\/1 cannot be read: it is a link that leads nowhere/);
    const inPlace = await zarr({ 'zarr.json': arrayV3(), 'c/0/0': chunk(1) });
    mkdirSync(`${inPlace}/c/0/1`);
    await expect(readStack(inPlace)).rejects.toThrow(/it is a folder/);
  });
});

describe('a read', () => {
  it('is stopped by its signal', async () => {
    const path = await zarr({ 'zarr.json': arrayV3(), ...both });
    const source = await openStack(path);
    const signal = AbortSignal.abort();
    await expect(source.read(0, { x: 0, y: 0, width: 6, height: 4 }, { signal })).rejects.toThrow(/abort/);
    await expect(openStack(path, { signal })).rejects.toThrow(/abort/);
  });

  it('of no region is refused', async () => {
    const source = await openStack(await zarr({ 'zarr.json': arrayV3(), ...both }));
    await expect(source.read(1, { x: 0, y: 0, width: 1, height: 1 })).rejects.toThrow(InvalidOptionError);
    await expect(source.read(0, { x: 5, y: 0, width: 2, height: 1 })).rejects.toThrow(InvalidOptionError);
  });
});

it('a TIFF has one scale', async () => {
  const path = new URL('../tiff/fixtures/good/', import.meta.url).pathname;
  const name = 'uint8-deflate-predictor1-big-tiles.tif';
  await expect(openStack(path + name, { level: 1 })).rejects.toThrow(/level must be 0, since there is one scale/);
});
