import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { InvalidOptionError } from '@dilated-unet/core';
import { openStack } from '@dilated-unet/stacks/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namedStack, resolveDataset, type DatasetLocation } from '../../src/run/resolve-dataset.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'resolve-'));
  for (const folder of [
    'full',
    'pair',
    'images',
    'labels',
    'empty',
    'mixed/train-volume',
    'mixed/test-volume',
    'jpeg/train-volume',
    'jpeg/test-volume',
  ]) {
    await mkdir(join(cwd, folder), { recursive: true });
  }
  const files = [
    ...['train-volume', 'train-labels', 'test-volume'].map((name) => join('full', `${name}.tif`)),
    ...['train-volume', 'train-labels'].map((name) => join('pair', `${name}.tif`)),
    join('images', 'train-volume.tif'),
    join('labels', 'train-labels.tif'),
    'a.tif',
    'b.tif',
    join('mixed', 'train-volume', 's1.png'),
    join('mixed', 'train-labels.tiff'),
    join('mixed', 'test-volume', 's1.tif'),
    join('jpeg', 'train-volume', 's1.jpg'),
    join('jpeg', 'train-labels.tif'),
  ];
  for (const file of files) await writeFile(join(cwd, file), '');
});
afterAll(() => rm(cwd, { recursive: true }));

const at = (...parts: string[]): string => join(cwd, ...parts);

async function refusal(location: Omit<DatasetLocation, 'cwd'>): Promise<InvalidOptionError> {
  const error: unknown = await resolveDataset({ ...location, cwd }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(InvalidOptionError);
  return error as InvalidOptionError;
}

describe('resolveDataset', () => {
  it('names a folder of no sections, of which whoever opens it says so, and passes over one that need not be there', async () => {
    const images = at('jpeg', 'train-volume');
    expect(await resolveDataset({ data: 'jpeg', cwd })).toEqual({ images, labels: at('jpeg', 'train-labels.tif') });
    await expect(openStack(images)).rejects.toThrow(`${images} has no sections: no file in it ends in .png, .tif`);
  });

  it('finds the three stacks of a folder, relative to where the command was typed', async () => {
    const found = {
      images: at('full', 'train-volume.tif'),
      labels: at('full', 'train-labels.tif'),
      test: at('full', 'test-volume.tif'),
    };
    expect(await resolveDataset({ data: 'full', cwd })).toEqual(found);
    expect(await resolveDataset({ data: at('full'), cwd: tmpdir() })).toEqual(found);
  });

  it('finds the mask of the labels, which may be any stack', async () => {
    expect(await resolveDataset({ data: 'pair', ignoreMask: 'a.tif', cwd })).toMatchObject({ ignoreMask: at('a.tif') });
    expect(await resolveDataset({ data: 'pair', cwd })).not.toHaveProperty('ignoreMask');
    expect((await refusal({ data: 'pair', ignoreMask: 'empty' })).message).toContain(
      'ignoreMask must be the path of a',
    );
    await expect(namedStack({ ignoreMask: 'a.tif', cwd })).rejects.toThrow('ignoreMask needs `data`');
  });

  it('finds labels by their name in the OME-Zarr of the sections', async () => {
    const zarr = resolve(import.meta.dirname, '../../../stacks/test/formats/zarr/fixtures/ome/v05.ome.zarr');
    const found = { images: zarr, labels: `${zarr}/labels/cells` };
    expect(await resolveDataset({ imagePath: zarr, labelName: 'cells', level: 1, cwd })).toEqual({
      ...found,
      select: { level: 1 },
    });
    await mkdir(at('zarr'), { recursive: true });
    await symlink(zarr, at('zarr', 'train-volume.ome.zarr'));
    const images = at('zarr', 'train-volume.ome.zarr');
    expect(await resolveDataset({ data: 'zarr', labelName: 'cells', cwd })).toEqual({
      images,
      labels: `${images}/labels/cells`,
    });
    for (const [location, message] of [
      [{ imagePath: zarr, labelName: 'nuclei' }, `labelName must be one of the labels of ${zarr}: cells; received`],
      [{ imagePath: 'a.tif', labelName: 'cells' }, `labelName must be left out: ${at('a.tif')} is no OME-Zarr`],
      [{ imagePath: zarr, maskPath: 'b.tif', labelName: 'cells' }, 'labelName must be left out where `maskPath`'],
    ] as const) {
      expect((await refusal(location)).message).toContain(message);
    }
    await expect(namedStack({ labelName: 'cells', cwd })).rejects.toThrow('labelName needs `data` or `imagePath`');
  });

  it('does without the stack that has no labels', async () => {
    expect(await resolveDataset({ data: 'pair', cwd })).toEqual({
      images: at('pair', 'train-volume.tif'),
      labels: at('pair', 'train-labels.tif'),
    });
  });

  it('takes two folders, two files, or one of each', async () => {
    expect(await resolveDataset({ imagePath: 'images', maskPath: 'labels', cwd })).toEqual({
      images: at('images', 'train-volume.tif'),
      labels: at('labels', 'train-labels.tif'),
    });
    expect(await resolveDataset({ imagePath: 'a.tif', maskPath: 'b.tif', cwd })).toEqual({
      images: at('a.tif'),
      labels: at('b.tif'),
    });
    expect(await resolveDataset({ imagePath: 'full', maskPath: 'b.tif', cwd })).toEqual({
      images: at('full', 'train-volume.tif'),
      labels: at('b.tif'),
      test: at('full', 'test-volume.tif'),
    });
  });

  it('takes a folder or a pattern of sections, and .tiff, for each stack', async () => {
    expect(await resolveDataset({ data: 'mixed', cwd })).toEqual({
      images: at('mixed', 'train-volume'),
      labels: at('mixed', 'train-labels.tiff'),
      test: at('mixed', 'test-volume'),
    });
    expect(
      await resolveDataset({ imagePath: 'mixed/train-volume', maskPath: 'mixed/train-volume/s*.png', cwd }),
    ).toEqual({
      images: at('mixed', 'train-volume'),
      labels: at('mixed', 'train-volume', 's*.png'),
    });
  });

  it('names the file that it looked for', async () => {
    expect((await refusal({ data: 'empty' })).message).toContain(`there is no ${at('empty', 'train-volume.tif')}`);
    expect((await refusal({ data: 'images' })).message).toContain(`there is no ${at('images', 'train-labels.tif')}`);
    const labels = await refusal({ imagePath: 'images', maskPath: 'empty' });
    expect(labels.option).toBe('maskPath');
    expect(labels.message).toContain(`there is no ${at('empty', 'train-labels.tif')}`);
  });

  it('says when nothing is there', async () => {
    expect((await refusal({ data: 'nowhere' })).message).toContain(`received "${at('nowhere')}"`);
    expect((await refusal({ imagePath: 'nowhere.tif', maskPath: 'b.tif' })).option).toBe('imagePath');
    expect((await refusal({ imagePath: 'a.tif', maskPath: 'nowhere.tif' })).option).toBe('maskPath');
  });

  it('sends a file given as --data to the flags for files', async () => {
    expect((await refusal({ data: 'a.tif' })).message).toContain('use `imagePath` and `maskPath`');
  });

  it('wants one source, and all of it', async () => {
    expect((await refusal({ data: 'full', maskPath: 'b.tif' })).option).toBe('data');
    expect((await refusal({ imagePath: 'a.tif' })).option).toBe('maskPath');
    expect((await refusal({ maskPath: 'b.tif' })).option).toBe('imagePath');
    expect((await refusal({})).option).toBe('imagePath');
  });
});
