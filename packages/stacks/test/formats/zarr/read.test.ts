import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { crop } from '@dilated-unet/core';
import {
  countMaskedLabels,
  labelsIn,
  openStack,
  readSizedLabels,
  readStack,
  stackFiles,
} from '../../../src/node/index.ts';
import { expectedStack } from '../../support/fixtures.ts';
import { expectSameStack } from '../../support/stacks.ts';
import { arrayV3, groupV3, imageV5, writeFiles } from '../../support/zarr.ts';

const FIXTURES = fileURLToPath(new URL('fixtures', import.meta.url));

/** The names in a folder of the fixtures, as generate.py has them. */
function fixtures(folder: string): string[] {
  return readdirSync(`${FIXTURES}/${folder}`).map((name) => name.replace('.zarr', ''));
}

describe.each(['v2', 'v3'])('arrays of zarr-python, zarr %s', (version) => {
  it.each(fixtures(version))('%s', async (name) => {
    const path = `${FIXTURES}/${version}/${name}.zarr`;
    const source = await openStack(path);
    const expected = expectedStack(source.dtype);
    expect(source.shape).toEqual([2, 11, 19]);
    expectSameStack(await readStack(path), expected);
    const region = { x: 3, y: 4, width: 12, height: 5 };
    const section = { width: 19, height: 11, data: expected.data.subarray(11 * 19) };
    expect((await source.read(1, region)).data).toEqual(crop(section, region).data);
    expect((await source.read(1, { x: 18, y: 10, width: 1, height: 1 })).data).toEqual(
      crop(section, { x: 18, y: 10, width: 1, height: 1 }).data,
    );
  });
});

it.each([
  ['C', [0, 1, 2, 3, 4, 5]],
  ['F', [0, 2, 4, 1, 3, 5]],
])('transpose in order %s, as the first drafts of zarr 3 call it', async (order, values) => {
  const folder = await writeFiles(await mkdtemp(join(tmpdir(), 'order-')), {
    'zarr.json': arrayV3({
      shape: [2, 3],
      chunk_grid: { name: 'regular', configuration: { chunk_shape: [2, 3] } },
      codecs: [{ name: 'transpose', configuration: { order } }, { name: 'bytes' }],
    }),
    'c/0/0': Uint8Array.of(0, 1, 2, 3, 4, 5),
  });
  expect([...(await readStack(folder)).data]).toEqual(values);
  await rm(folder, { recursive: true });
});

describe('values', () => {
  it.each(fixtures('types'))('%s', async (name) => {
    const { data } = await readStack(`${FIXTURES}/types/${name}.zarr`);
    const type = name.replace('-v2', '');
    const stored = [-3, -2, -1, 0, 1, 2, 3, 4];
    const expected = {
      bool: stored.map((value) => (value > 0 ? 255 : 0)),
      uint32: stored.map(Math.abs),
      uint64: stored.map(Math.abs),
    }[type];
    expect([...data]).toEqual(expected ?? stored);
    expect(data).toBeInstanceOf(type === 'bool' ? Uint8Array : Float32Array);
  });

  it.each(fixtures('filled'))('chunks that are not stored are the fill value: %s', async (name) => {
    const notes: string[] = [];
    const { data, width } = await readStack(`${FIXTURES}/filled/${name}.zarr`, { onNote: (note) => notes.push(note) });
    const fill = name.startsWith('nan') ? NaN : 7;
    const row = Array.from({ length: width }, (_, x) => (x >= 4 && x < 8 ? 3 : fill));
    expect([...data]).toEqual([...row, ...row, ...row, ...row]);
    expect(notes).toEqual([
      expect.stringMatching(
        /\.zarr: Chunks that are not stored are read as the fill value, (7|NaN); such a one is that at 0, 0, [023] of the grid/,
      ),
    ]);
  });
});

describe('images of ome-zarr-py', () => {
  it.each(['v04', 'v05'])('%s', async (name) => {
    const path = `${FIXTURES}/ome/${name}.ome.zarr`;
    const source = await openStack(path);
    expect(source.pixelSize?.z).toBeCloseTo(40);
    expect(source.pixelSize?.y).toBeCloseTo(4);
    expect(source.pixelSize?.x).toBeCloseTo(4);
    expectSameStack(await readStack(path), expectedStack('uint16'));
  });

  it.each<[string, number[] | null, number[] | string, object | undefined]>([
    ['of the scale and of the image, in their order', [2, 3], [0.5, 1], { y: 4500, x: 7000 }],
    ['of the image alone', null, [0, -1], { y: 0, x: -1000 }],
    ['that is none', [0, 0], [0, 0], undefined],
    ['that cannot be', [2, 3], 'far', undefined],
  ])('a translation %s', async (_, own, ofImage, origin) => {
    const axes = ['y', 'x'].map((axis) => ({ name: axis, type: 'space', unit: 'micrometer' }));
    const translation = (by: unknown): object => ({ type: 'translation', translation: by });
    const scale = { type: 'scale', scale: [2, 2] };
    const datasets = [{ path: '0', coordinateTransformations: [scale, ...(own ? [translation(own)] : [])] }];
    const more = { axes, datasets, coordinateTransformations: [scale, translation(ofImage)] };
    const folder = await writeFiles(await mkdtemp(join(tmpdir(), 'origin-')), {
      'zarr.json': imageV5(more),
      '0/zarr.json': arrayV3(),
    });
    const source = await openStack(folder);
    expect(source.pixelSize).toEqual({ y: 4000, x: 4000 });
    expect(source.origin).toEqual(origin);
    await rm(folder, { recursive: true });
  });

  it.each(['v04', 'v05'])('another scale of %s', async (name) => {
    const source = await openStack(`${FIXTURES}/ome/${name}.ome.zarr`, { level: 1 });
    expect(source.shape).toEqual([2, 5, 9]);
    expect(source.pixelSize?.x).toBeCloseTo((4 * 19) / 9);
    // As zarr-python reads it.
    expect([...(await source.read(0, { x: 0, y: 0, width: 3, height: 2 })).data]).toEqual([
      426, 426, 811, 1504, 1504, 1889,
    ]);
    await expect(openStack(`${FIXTURES}/ome/${name}.ome.zarr`, { level: 2 })).rejects.toThrow(
      /level must be from 0 to 1/,
    );
  });

  it.each([
    ['nanometer', 1],
    ['Nanometer', 1],
    ['nanometers', 1],
    ['nm', 1],
    ['micron', 1e3],
    ['um', 1e3],
    ['\u00b5m', 1e3],
    ['micrometer', 1e3],
    ['angstrom', 0.1],
    ['femtometer', 1e-6],
    ['decimeter', 1e8],
    ['second', undefined],
  ])('the size of a pixel in %s', async (unit, nanometres) => {
    const axes = ['y', 'x'].map((name) => ({ name, type: 'space', unit }));
    const folder = await writeFiles(await mkdtemp(join(tmpdir(), 'unit-')), {
      'zarr.json': imageV5({ axes }),
      '0/zarr.json': arrayV3(),
    });
    const { pixelSize } = await openStack(folder);
    expect(pixelSize).toEqual(nanometres && { y: 4 * nanometres, x: 4 * nanometres });
    await rm(folder, { recursive: true });
  });

  it('labels', async () => {
    const { data } = await readStack(`${FIXTURES}/ome/v05.ome.zarr/labels/cells`, { labels: true });
    expect([...data]).toEqual([...expectedStack('uint8').data].map((value) => (value > 99 ? 1 : 0)));
    expect(await readStack(`${FIXTURES}/ome/v05.ome.zarr/labels`)).toMatchObject({ depth: 2, width: 19 });
  });

  it('labels by their name', async () => {
    const image = `${FIXTURES}/ome/v05.ome.zarr`;
    expect(await labelsIn(image, 'cells')).toBe(`${image}/labels/cells`);
    expect(await labelsIn(`${image}/`, 'cells')).toBe(`${image}/labels/cells`);
    await expect(labelsIn(image, 'nuclei')).rejects.toThrow(
      /^labelName must be one of the labels of .*v05\.ome\.zarr: cells; received "nuclei"/,
    );
    await expect(labelsIn(`${FIXTURES}/ome/v04.ome.zarr`, 'cells')).rejects.toThrow(
      /^labelName must be left out, as .*v04\.ome\.zarr has no labels: name their file/,
    );
    await expect(labelsIn(`${FIXTURES}/ome`, 'cells')).rejects.toThrow(/must be left out: .* is no OME-Zarr/);
    await expect(labelsIn(`${FIXTURES}/generate.py`, 'cells')).rejects.toThrow(/must be left out: .* is no OME-Zarr/);
  });

  it('labels of the series that is chosen', async () => {
    const folder = await writeFiles(await mkdtemp(join(tmpdir(), 'series-')), {
      'zarr.json': groupV3({ 'bioformats2raw.layout': 3 }),
      '0/zarr.json': imageV5(),
      '1/zarr.json': imageV5(),
      '1/labels/zarr.json': groupV3({ labels: ['cells', 'glia'] }),
    });
    expect(await labelsIn(folder, 'glia', { image: 2 })).toBe(`${folder}/1/labels/glia`);
    await expect(labelsIn(folder, 'glia', { image: 1 })).rejects.toThrow('has no labels');
    await expect(labelsIn(folder, 'glia')).rejects.toThrow('The folder has 2 images');
    await rm(folder, { recursive: true });
  });

  it('labels at the scale of their images, or the one that there is', async () => {
    const image = `${FIXTURES}/ome/v05.ome.zarr`;
    const sizeOf = async (path: string, level: number) => (await readSizedLabels(path, { level })).stack;
    expect(await sizeOf(`${image}/labels/cells`, 0)).toMatchObject({ width: 19, height: 11, depth: 2 });
    expect(await sizeOf(`${image}/labels/cells`, 1)).toMatchObject({ width: 9, height: 5, depth: 2 });
    expect(await sizeOf(`${image}/labels/cells/s0`, 1)).toMatchObject({ width: 19, height: 11, depth: 2 });
  });

  it('a mask at the scale of the labels, with what its reader decides', async () => {
    const ignoreMask = `${FIXTURES}/ome/v05.ome.zarr/labels/cells`;
    const { stack } = await readSizedLabels(ignoreMask, { level: 1 });
    const counted = await countMaskedLabels(stack, { ignoreMask }, { name: 'labels', level: 1 });
    expect([...(counted.ignored ?? [])]).toEqual([...stack.data]);
    const notes: string[] = [];
    const filled = `${FIXTURES}/filled/uint8-v3.zarr`;
    const labels = await readStack(filled);
    const rules = { ignore: 3, ignoreMask: filled };
    await expect(
      countMaskedLabels(labels, rules, { name: 'labels', onNote: (note) => notes.push(note) }),
    ).rejects.toThrow('every pixel is ignored');
    expect(notes).toEqual([expect.stringContaining(`${filled}: Chunks that are not stored`)]);
  });

  it('channels and times are chosen, as those of a TIFF are', async () => {
    const path = `${FIXTURES}/ome/tczyx.ome.zarr`;
    await expect(openStack(path)).rejects.toThrow(
      /tczyx\.ome\.zarr: There are 2 channels and 3 times and 2 sections, as the metadata of s0 says\. Choose one channel with `channel`: 1 \(membrane\), 2 \(synapse\)\.$/,
    );
    await expect(openStack(path, { channel: 1 })).rejects.toThrow(/Choose one time with `time`: from 1 to 3\.$/);
    await expect(openStack(path, { channel: 3, time: 1 })).rejects.toThrow(/channel must be from 1 to 2/);
    const stack = await readStack(path, { channel: 2, time: 3 });
    const expected = expectedStack('uint8');
    expectSameStack(stack, { ...expected, data: expected.data.map((value) => value + 5) });
  });

  it('series are chosen, as images are', async () => {
    const path = `${FIXTURES}/ome/series.ome.zarr`;
    await expect(openStack(path)).rejects.toThrow(
      /series\.ome\.zarr: The folder has 2 images: 1: 0; 2: 1\. Choose one with `image`/,
    );
    await expect(openStack(path, { image: 3 })).rejects.toThrow(/image must be from 1 to 2/);
    const { data, depth } = await readStack(path, { image: 2 });
    expect(depth).toBe(1);
    expect([...data]).toEqual([...expectedStack('uint8').data.subarray(0, 11 * 19)].map((value) => (value + 1) % 256));
  });

  it('an array inside of an image', async () => {
    const path = `${FIXTURES}/ome/v05.ome.zarr/s0`;
    expectSameStack(await readStack(path), expectedStack('uint16'));
    await expect(readStack(path, { level: 1 })).rejects.toThrow(/level must be 0, since the folder is one array/);
  });
});

it('stackFiles leaves out what file managers put there, and not the metadata of zarr 2', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dilated-unet-litter-'));
  try {
    const own = ['.zarray', '.zattrs', '.zgroup', '.zmetadata', '0/.zarray', '0/0.0.0'];
    const theirs = ['.DS_Store', '._0', '0/.nfs0001', '0/Thumbs.db', 'desktop.ini', '.AppleDouble/0'];
    for (const name of [...own, ...theirs]) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), '');
    }
    expect((await stackFiles(folder)).map((file) => relative(folder, file))).toEqual(own);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('stackFiles names all files', async () => {
  const files = await stackFiles(`${FIXTURES}/v3/zstd.zarr`);
  expect(files.map((file) => file.slice(FIXTURES.length))).toEqual(
    ['c/0/0/0', 'c/0/0/1', 'c/0/1/0', 'c/0/1/1', 'zarr.json'].map((name) => `/v3/zstd.zarr/${name}`),
  );
});
