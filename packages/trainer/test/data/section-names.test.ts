import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidImageError, section } from '@dilated-unet/core';
import { encodeTiffStack } from '@dilated-unet/stacks';
import { describe, expect, it } from 'vitest';
import { phantom } from '../../src/data/phantom.ts';
import { gapIn, unlikeNames } from '../../src/data/section-names.ts';
import { loadStacks } from '../../src/data/stacks.ts';
import { temporaryFolder } from '../../../host/test/support/temporary.ts';

const { images, labels } = phantom({ sections: 6, size: 64, seed: 4 });

/** A folder of sections, of which each has the name that it is given. */
async function folderOf(name: string, names: readonly string[], stack = images): Promise<string> {
  const folder = join(temporaryFolder(), name);
  await mkdir(folder);
  for (const [z, file] of names.entries()) {
    const one = { ...section(stack, z), depth: 1 };
    await writeFile(join(folder, file), await encodeTiffStack({ ...one, data: one.data.slice() }));
  }
  return folder;
}
const named = (numbers: readonly number[], of = 's', digits = 3): string[] =>
  numbers.map((number) => `${of}${String(number).padStart(digits, '0')}.tif`);

describe('the names of sections', () => {
  it.each<[string, string[], string[], string | null]>([
    ['are alike', named([1, 2, 3]), named([1, 2, 3], 'label-'), null],
    ['count from other numbers', named([0, 1, 2]), named([1, 2, 3]), null],
    ['have the same gap', named([1, 2, 4]), named([1, 2, 4]), null],
    ['go up in tens in both', named([10, 20, 30]), named([10, 20, 30]), null],
    ['have digits that are the same in all', named([8, 9, 10], 'x4096-z', 1), named([8, 9, 10], '2024_', 1), null],
    ['have no numbers', ['a.tif', 'b.tif'], named([1, 3]), null],
    ['have two numbers that vary', ['z1_t1.tif', 'z2_t2.tif'], named([1, 3]), null],
    ['lack others', named([1, 2, 4]), named([1, 3, 4]), 's002.tif of the images has no labels, and s003.tif of the labels has no image'], // prettier-ignore
    ['are one fewer', named([1, 2, 3]), named([1, 2]), 's003.tif of the images has no labels'],
    ['are one fewer in the middle', named([1, 3]), named([1, 2, 3]), 's002.tif of the labels has no image'],
    ['are many more', named([1, 2, 3, 4, 5, 6]), named([1]), null],
    ['are many more than two', named([1, 2, 3, 4, 5, 6]), named([1, 2]), 's003.tif, s004.tif, s005.tif (and 1 more) of the images has no labels'], // prettier-ignore
  ])('%s', async (_, ofImages, ofLabels, text) => {
    const paths = { images: await folderOf('images', ofImages), labels: await folderOf('labels', ofLabels) };
    expect(await unlikeNames(paths)).toBe(text === null ? null : `by their numbers, ${text}`);
  });

  it('say nothing beside a single file', async () => {
    const folder = await folderOf('images', named([1, 2]));
    expect(await unlikeNames({ images: folder, labels: join(folder, 's001.tif') })).toBeNull();
  });
});

describe('a stack of which a section is missing', () => {
  it('is warned of where as many labels are there, of other sections', async () => {
    const paths = {
      images: await folderOf('images', named([1, 2, 4, 5])),
      labels: await folderOf('labels', named([1, 2, 3, 5]), labels),
    };
    const { warnings } = await loadStacks(paths, { window: 32 });
    expect(warnings[0]).toContain(
      `${paths.labels}: the names of the sections do not belong together: by their numbers, s004.tif of the images has no labels, and s003.tif of the labels has no image.`,
    );
    const alike = { ...paths, labels: await folderOf('labels', named([1, 2, 4, 5]), labels) };
    expect((await loadStacks(alike, { window: 32 })).warnings).toEqual([]);
  });

  it('is refused where labels are fewer, by the name of the section', async () => {
    const paths = {
      images: await folderOf('images', named([1, 2, 3])),
      labels: await folderOf('labels', named([1, 3]), labels),
    };
    await expect(loadStacks(paths, { window: 32 })).rejects.toThrow(
      /2 sections of 64 x 64, but .* is 3 sections of 64 x 64\. .* Look at the names of the sections: by their numbers, s002\.tif of the images has no labels\./,
    );
  });
});

it('a gap in the names of one folder is named beside a stack of one file', async () => {
  const file = join(temporaryFolder(), 'labels.tif');
  await writeFile(file, await encodeTiffStack({ ...labels, depth: 4, data: labels.data.slice(0, 4 * 64 ** 2) }));
  const folder = await folderOf('images', named([1, 2, 4]));
  await expect(loadStacks({ images: folder, labels: file }, { window: 32 })).rejects.toThrow(
    /4 sections .* but .* is 3 sections .* size\. Look at the names of the sections: s004\.tif follows s002\.tif: is a section missing between them\?$/,
  );
  const tens = await folderOf('tens', named([10, 20, 40]));
  expect(await gapIn(tens)).toBe('s040.tif follows s020.tif: is a section missing between them?');
  for (const numbers of [[1, 2, 3], [10, 20, 30], [5]]) expect(await gapIn(await folderOf('whole', named(numbers)))).toBeNull(); // prettier-ignore
  expect(await gapIn(file)).toBeNull();
});

describe('a stack of which one section is labelled, the others 0', () => {
  const third = { ...labels, data: labels.data.map((value, i) => (Math.floor(i / 64 ** 2) === 2 ? value : 0)) };

  it('is refused with the sections that may have no labels', async () => {
    const paths = { images: await folderOf('images', named([1, 2, 3, 4])), labels: '' };
    const file = await folderOf('labels', named([1, 2, 3, 4]), third);
    const failure: unknown = await loadStacks({ ...paths, labels: file }, { window: 32 }).catch((e: unknown) => e);
    expect(failure).toBeInstanceOf(InvalidImageError);
    expect((failure as Error).message).toMatch(
      /cannot tell which of the two values is membrane: .* Every pixel of sections 1, 2 and 4 is 0: if nobody labelled there, say so with `ignoreSections`\.$/,
    );
    const { labels: read } = await loadStacks({ ...paths, labels: file }, { window: 32, ignoreSections: '1,2,4' });
    expect(new Set(section(read, 2).data)).toEqual(new Set([0, 1]));
  });
});
