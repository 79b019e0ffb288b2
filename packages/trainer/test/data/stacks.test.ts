import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InvalidImageError, section } from '@dilated-unet/core';
import { encodeTiffStack, IGNORED, type LabelKind } from '@dilated-unet/stacks';
import { readStack, writeSections } from '@dilated-unet/stacks/node';
import { describe, expect, it } from 'vitest';
import { buildTiff, greyPage } from '../../../stacks/test/support/build-tiff.ts';
import { phantom } from '../../src/data/phantom.ts';
import { loadStacks } from '../../src/data/stacks.ts';
import { openFiles } from '../../src/data/streamed/sections.ts';
import { folder, IMAGES, LABELS, stackOf, write } from '../support/small-stacks.ts';

const read = (window: number) => ({ window, labelKind: 'interior' }) as const;

async function failure(
  images: string,
  labels: string,
  window = 1,
  labelKind: LabelKind = 'interior',
): Promise<InvalidImageError> {
  const error: unknown = await loadStacks({ images, labels }, { window, labelKind }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(InvalidImageError);
  return error as InvalidImageError;
}

describe('loadStacks', () => {
  it('reads the grey values as they are, and labels as 0 and 1', async () => {
    const paths = { images: await write('i.tif', IMAGES), labels: await write('l.tif', LABELS) };
    const stacks = await loadStacks(paths, read(3));
    expect(stacks.images).toEqual(IMAGES);
    expect([...stacks.labels.data.subarray(0, 8)]).toEqual([0, 1, 1, 1, 0, 1, 1, 1]);
    expect(stacks.labels).toMatchObject({ width: 4, height: 3, depth: 2 });
    expect(stacks.test).toBeNull();
  });

  it.each([
    ['1', Uint8Array.from(LABELS.data, (v) => v / 255)],
    ['65535', Uint16Array.from(LABELS.data, (v) => v * 257)],
    ['1.0 in float32', Float32Array.from(LABELS.data, (v) => v / 255)],
  ])('takes labels whose interior is %s', async (name, data) => {
    const paths = { images: await write('i.tif', IMAGES), labels: await write(`l-${name}.tif`, stackOf(data)) };
    expect((await loadStacks(paths, read(1))).labels.data).toEqual(Uint8Array.from(LABELS.data, (v) => v / 255));
  });

  it('reads a scale of an OME-Zarr and its labels at the same', async () => {
    const images = resolve(import.meta.dirname, '../../../stacks/test/formats/zarr/fixtures/ome/v05.ome.zarr');
    const paths = { images, labels: `${images}/labels/cells` };
    expect((await loadStacks(paths, read(9))).images).toMatchObject({ width: 19, height: 11, depth: 2 });
    const reduced = await loadStacks({ ...paths, select: { level: 1 } }, read(5));
    expect(reduced.images).toMatchObject({ width: 9, height: 5, depth: 2 });
    expect(reduced.labels).toMatchObject({ width: 9, height: 5, depth: 2 });
    await expect(loadStacks({ ...paths, select: { level: 2 } }, read(5))).rejects.toThrow('level must be from 0 to 1');
    const test = await write('test-volume.tif', IMAGES);
    await expect(loadStacks({ ...paths, test, select: { level: 1 } }, read(5))).rejects.toThrow(
      /test-volume\.tif: this stack is segmented after .* `level` must be 0, since there is one scale .* Move it out of the folder/,
    );
    const half = { ...LABELS, data: LABELS.data.slice(0, 12), depth: 1 };
    const other = join(folder, 'half.zarr');
    await writeSections(other, [section(half, 0)], { depth: 1, labels: true, pixelSize: { y: 8, x: 8 } });
    await expect(loadStacks({ images, labels: other }, read(5))).rejects.toThrow(
      /Pixels of the images are 4 nm wide, those of the labels 8 nm: choose a scale \(`level`\) that both have\.$/,
    );
  });

  it('reads a mask of what is ignored at the scale of the images', async () => {
    const images = resolve(import.meta.dirname, '../../../stacks/test/formats/zarr/fixtures/ome/v05.ome.zarr');
    const [ignoreMask, select] = [`${images}/labels/cells`, { level: 1 }];
    const mask = await readStack(ignoreMask, select);
    const labels = await write(
      'striped.tif',
      stackOf(
        Uint8Array.from({ length: 90 }, (_, i) => i % 2),
        9,
        5,
      ),
    );
    const read = await loadStacks({ images, labels, ignoreMask, select }, { window: 5, labelKind: 'interior' });
    expect([...read.labels.data].map((value) => (value === IGNORED ? 1 : 0))).toEqual([...mask.data]);
    const files = await openFiles({ images, labels, ignoreMask, select });
    expect(files.mask?.shape).toEqual([2, 5, 9]);
    await files.close();
  });

  it('reads folders and patterns of sections', async () => {
    for (const [z, name] of ['s2.tif', 's10.tif'].entries()) {
      for (const [sub, stack] of [
        ['images', IMAGES],
        ['labels', LABELS],
      ] as const) {
        await mkdir(join(folder, sub), { recursive: true });
        await write(`${sub}/${name}`, { ...section(stack, z), depth: 1 });
      }
    }
    const stacks = await loadStacks({ images: join(folder, 'images'), labels: join(folder, 'labels/s*.tif') }, read(1));
    expect(stacks.images).toEqual(IMAGES);
    expect(stacks.labels.data).toEqual(Uint8Array.from(LABELS.data, (v) => v / 255));
  });

  it('reads the channel that is chosen, labels by their numbers, and says what was decided', async () => {
    const page = (z: number, channel: number) =>
      greyPage(4, 3, section(IMAGES, z).data.map((v) => v + 100 * channel) as Uint8Array);
    const first = page(0, 0);
    const hyperstack = buildTiff([
      { ...first, tags: { ...first.tags, 270: 'ImageJ=1.54f\nimages=4\nchannels=2\nslices=2\n' } },
      page(0, 1),
      page(1, 0),
      page(1, 1),
      greyPage(2, 1, new Uint8Array(2), { 254: 1 }),
    ]);
    const colours = Array.from({ length: 768 }, (_, i) => (i < 256 ? 65535 : 0));
    const label = (z: number) =>
      greyPage(4, 3, section(LABELS, z).data.map((v) => v & 1) as Uint8Array, { 262: 3, 320: colours });
    const paths = {
      images: await write('hyperstack.tif', hyperstack),
      labels: await write('palette.tif', buildTiff([label(0), label(1)])),
    };
    await expect(loadStacks(paths, read(1))).rejects.toThrow(
      /hyperstack\.tif: There are 2 channels and 2 sections.*`channel`/,
    );
    const { images, labels, warnings } = await loadStacks({ ...paths, select: { channel: 2 } }, read(1));
    expect(images.data).toEqual(IMAGES.data.map((value) => value + 100));
    expect(labels.data).toEqual(LABELS.data.map((value) => value & 1));
    expect(warnings[0]).toMatch(/hyperstack\.tif: Pages that are marked as smaller copies.* passed over: 5/);
  });

  it('reads the stack without labels', async () => {
    const test = stackOf(new Uint8Array(60).fill(9), 5, 4);
    const [images, labels] = [await write('i.tif', IMAGES), await write('l.tif', LABELS)];
    expect((await loadStacks({ images, labels, test: await write('t.tif', test) }, read(1))).test?.stack).toEqual(test);
    const missing = loadStacks({ images, labels, test: join(folder, 'none.tif') }, read(1));
    await expect(missing).rejects.toThrow(`${join(folder, 'none.tif')} cannot be read: there is no such file`);
  });

  it('refuses labels of another size than images, in any direction', async () => {
    const images = await write('i.tif', IMAGES);
    const others = {
      width: stackOf(new Uint8Array(30), 5, 3),
      height: stackOf(new Uint8Array(32), 4, 4),
      depth: stackOf(LABELS.data.slice(0, 12)),
    };
    for (const [name, stack] of Object.entries(others)) {
      const labels = await write(`other-${name}.tif`, stack);
      const { message } = await failure(images, labels);
      expect(message).toContain(`${labels}: labels of another size than images`);
      expect(message).toContain(`${images} is 2 sections of 4 x 3`);
    }
  });

  it.each([
    ['three values', [0, 128, 255], '0, 128, 255'],
    ['many values', [0, 1, 2, 3, 4, 5, 6, 7], '0, 1, 2, 3, 4 and more'],
    ['one value', [255], '255'],
    ['no zero', [1, 2], '1, 2'],
  ])('refuses labels with %s', async (name, values, found) => {
    const data = Uint8Array.from({ length: 24 }, (_, i) => values[i % values.length] as number);
    const labels = await write(`${name}.tif`, stackOf(data));
    const { message } = await failure(await write('i.tif', IMAGES), labels);
    expect(message).toContain(`${labels}: labels must have two values`);
    expect(message).toContain(`found ${found}. `);
  });

  it('takes labels whose other value is membrane', async () => {
    const paths = { images: await write('i.tif', IMAGES), labels: await write('l.tif', LABELS) };
    const { labels } = await loadStacks(paths, { window: 1, labelKind: 'membrane' });
    expect([...labels.data.subarray(0, 5)]).toEqual([1, 0, 0, 0, 1]);
  });

  it('takes labels with an inverting lookup table as a viewer shows them', async () => {
    const bytes = await encodeTiffStack(LABELS);
    const plain = await write('l.tif', bytes);
    // PhotometricInterpretation (262, SHORT), 1 of each page: 0 is white.
    for (let at = bytes.length - 12; at >= 0; at--) {
      if (bytes[at] === 6 && bytes[at + 1] === 1 && bytes[at + 2] === 3 && bytes[at + 8] === 1) bytes[at + 8] = 0;
    }
    const images = await write('i.tif', IMAGES);
    const shown = await loadStacks({ images, labels: await write('inverting.tif', bytes) }, read(1));
    const expected = await loadStacks({ images, labels: plain }, { window: 1, labelKind: 'membrane' });
    expect(shown.labels).toEqual(expected.labels);
  });

  it('says that a mask of what is ignored is read as a viewer shows it', async () => {
    const paths = { images: await write('i.tif', IMAGES), labels: await write('l.tif', LABELS) };
    const page = (last: number) =>
      greyPage(
        4,
        3,
        Uint8Array.from({ length: 12 }, (_, i) => (i < 11 ? 255 : last)),
        { 262: 0 },
      );
    const ignoreMask = await write('mask.tif', buildTiff([page(0), page(255)]));
    const { labels, warnings } = await loadStacks({ ...paths, ignoreMask }, read(1));
    expect([...labels.data].flatMap((value, i) => (value === IGNORED ? [i] : []))).toEqual([11]);
    expect(warnings).toEqual([
      `${ignoreMask}: White is stored as 0. The values are turned round, so that white is the highest.`,
    ]);
  });

  it('refuses sections that have no label, and names them', async () => {
    const images = await write('i.tif', IMAGES);
    const nothing = LABELS.data.map((value, i) => (i < 12 ? value : 0));
    const labels = await write('partly.tif', stackOf(nothing));
    expect((await failure(images, labels)).message).toBe(
      `${labels}: section 2 has no cell interior, as where nothing was labelled: neither training nor scores can use it. ` +
        'Label it, name it in `ignoreSections`, or leave it out of the labels and of their images.',
    );
    expect((await failure(images, labels, 1, 'membrane')).message).toContain('section 2 has no membrane');
    // As the message says: without the section, both are read.
    const first = [IMAGES, LABELS].map((stack, i) => write(`first-${i}.tif`, { ...section(stack, 0), depth: 1 }));
    const [without, labelled] = (await Promise.all(first)) as [string, string];
    expect((await loadStacks({ images: without, labels: labelled }, read(1))).labels.depth).toBe(1);
  });

  it('refuses sections of one grey value, and names them', async () => {
    const labels = await write('l.tif', LABELS);
    const blank = await write('blank.tif', stackOf(new Uint8Array(24).fill(128)));
    expect((await failure(blank, labels)).message).toBe(
      `${blank}: every pixel of sections 1 and 2 has the grey value 128. Look at the file, and save the images again.`,
    );
    const half = await write('half.tif', stackOf(IMAGES.data.map((value, i) => (i < 12 ? 7 : value))));
    expect((await failure(half, labels)).message).toContain(`${half}: every pixel of section 1 has the grey value 7.`);
    // As the message says: a section that is passed over may be of any grey value.
    const passed = await loadStacks({ images: half, labels }, { ...read(1), ignoreSections: '1' });
    expect(passed.labels.depth).toBe(2);
  });

  it('warns of labels whose membrane and interior seem exchanged, until they are read the other way', async () => {
    const { images: tissue, labels: drawn } = phantom({ sections: 2, size: 128, seed: 1 });
    const images = await write('tissue.tif', tissue);
    const labels = await write('exchanged.tif', { ...drawn, data: drawn.data.map((value) => 255 - value) });
    const { warnings } = await loadStacks({ images, labels }, read(1));
    expect(warnings).toEqual([
      expect.stringMatching(/^\/.*exchanged\.tif: bright is labelled as membrane: .* -0\.\d\d /),
    ]);
    expect(warnings[0]).toContain('use `labelKind` membrane');
    const mended = await loadStacks({ images, labels }, { window: 1, labelKind: 'membrane' });
    expect(mended.warnings).toEqual([]);
    expect(mended.labels.data).toEqual(drawn.data.map((value) => value / 255));
  });

  it('refuses sections smaller than the window', async () => {
    const [images, labels] = [await write('i.tif', IMAGES), await write('l.tif', LABELS)];
    const { message } = await failure(images, labels, 8);
    expect(message).toContain(`${images}: the sections are 4 x 3 pixels, smaller than the training window of 8 x 8`);
  });

  it('refuses grey values that are not finite, and says where', async () => {
    const data = Float32Array.from(IMAGES.data);
    data[12 + 4 + 2] = Number.NaN;
    const images = await write('nan.tif', stackOf(data));
    const { message } = await failure(images, await write('l.tif', LABELS));
    expect(message).toContain(`${images}: the grey value at x 2, y 1 of section 2 is NaN`);
  });

  it('refuses a TIFF without sections, one that is cut off, and what is no TIFF', async () => {
    const labels = await write('l.tif', LABELS);
    const whole = await encodeTiffStack(IMAGES);
    const files = {
      'empty.tif': Uint8Array.of(0x49, 0x49, 42, 0, 0, 0, 0, 0),
      'cut.tif': whole.slice(0, whole.length - 40),
      'text.tif': new TextEncoder().encode('not an image at all'),
      'nothing.tif': new Uint8Array(0),
    };
    for (const [name, bytes] of Object.entries(files)) {
      const path = await write(name, bytes);
      const { message } = await failure(path, labels);
      expect(message).toMatch(/\.tif(: The file has no page| is empty|: .* the file ends at| is neither TIFF nor PNG)/);
      expect(message.startsWith(path)).toBe(true);
    }
  });

  it('says when a file is missing, or a folder has no sections', async () => {
    const labels = await write('l.tif', LABELS);
    const missing = await failure(join(folder, 'none.tif'), labels);
    expect(missing.message).toContain('none.tif cannot be read: there is no such');
    const empty = join(folder, 'empty');
    await mkdir(empty);
    expect((await failure(empty, labels)).message).toContain(`${empty} has no sections`);
  });
});
