import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  cellInstances,
  EnvironmentError,
  InvalidImageError,
  InvalidOptionError,
  type GreyImage,
} from '@dilated-unet/core';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readImage, readStack, writeResult, type SectionRows, type WriteResultOptions } from '../src/index.ts';
import { temporaryFolder } from '../../stacks/test/support/folder.ts';
import { random } from '../../stacks/test/support/images.ts';
import { mountTmpfs, type Tmpfs } from '../../host/test/support/tmpfs.ts';

const folder = temporaryFolder();
/** Each test has its own folder, so that what is left there can be listed. */
let room = '';
let rooms = 0;
const readdir = (at: string): string[] => readdirSync(at).sort();
const names = (): string[] => readdir(room);
beforeEach(() => {
  room = folder.file(`room ${rooms++}`);
  mkdirSync(room);
});

function probabilities(width: number, height: number, seed = 1): GreyImage<Float32Array> {
  const next = random(seed);
  return { width, height, data: Float32Array.from({ length: width * height }, next) };
}
const maps = [1, 2, 3].map((seed) => probabilities(20, 10, seed));

async function* failing(): AsyncGenerator<GreyImage<Float32Array>> {
  yield* maps.slice(0, 2);
  throw new Error('the source broke');
}

test('an option of an unknown name is refused before anything is written', async () => {
  const misspelt = { treshold: 0.4 } as WriteResultOptions;
  await expect(writeResult(path.join(room, 'm.tif'), maps, misspelt)).rejects.toThrow(
    'treshold is no option; there are result, depth, pixelSize, dtype, threshold, seeds, seedHeight, minSize; received "treshold".',
  );
  expect(names()).toEqual([]);
});

describe('probabilities', () => {
  test('as they are, float32, one page per section', async () => {
    const file = path.join(room, 'p.tif');
    expect(await writeResult(file, maps, { result: 'probabilities', depth: 3 })).toBe(3);
    const stack = await readStack(file);
    expect(stack).toMatchObject({ width: 20, height: 10, depth: 3 });
    expect(stack.data).toEqual(Float32Array.from(maps.flatMap(({ data }) => [...data])));
    expect(names()).toEqual(['p.tif']);
  });

  test('classic TIFF where the number of sections is known, else BigTIFF', async () => {
    await writeResult(path.join(room, 'known.tif'), maps, { result: 'probabilities', depth: 3 });
    await writeResult(path.join(room, 'unknown.tiff'), maps, { result: 'probabilities' });
    expect(readFileSync(path.join(room, 'known.tif'))[2]).toBe(42);
    expect(readFileSync(path.join(room, 'unknown.tiff'))[2]).toBe(43);
  });

  test('a PNG is refused, with the reason', async () => {
    await expect(writeResult(path.join(room, 'p.png'), maps, { result: 'probabilities' })).rejects.toThrow(
      /PNG holds whole numbers/,
    );
    expect(names()).toEqual([]);
  });
});

describe('masks', () => {
  test.each([undefined, 0, 0.25, 1])('255 above the threshold (%s), else 0', async (threshold) => {
    const file = path.join(room, 'm.tif');
    await writeResult(file, maps, threshold === undefined ? {} : { threshold });
    const expected = maps.flatMap(({ data }) => Array.from(data, (p) => (p > (threshold ?? 0.5) ? 255 : 0)));
    expect((await readStack(file)).data).toEqual(Uint8Array.from(expected));
  });

  test('a probability that equals the threshold is membrane', async () => {
    const file = path.join(room, 'm.tif');
    await writeResult(file, [{ width: 3, height: 1, data: Float32Array.of(0.25, 0.5, 0.75) }]);
    expect([...(await readStack(file)).data]).toEqual([0, 0, 255]);
  });

  test('a PNG of one section: 8 bit, one channel', async () => {
    const file = path.join(room, 'm.PNG');
    expect(await writeResult(file, maps.slice(0, 1))).toBe(1);
    expect(await sharp(file).metadata()).toMatchObject({ channels: 1, depth: 'uchar', width: 20, height: 10 });
    expect((await readImage(file)).data).toEqual(Uint8Array.from(maps[0]?.data ?? [], (p) => (p > 0.5 ? 255 : 0)));
  });

  test('an older file is replaced; a link stays a link', async () => {
    writeFileSync(path.join(room, 'real.tif'), 'old');
    symlinkSync('real.tif', path.join(room, 'link.tif'));
    await writeResult(path.join(room, 'link.tif'), maps);
    expect(lstatSync(path.join(room, 'link.tif')).isSymbolicLink()).toBe(true);
    expect((await readStack(path.join(room, 'real.tif'))).depth).toBe(3);
    expect(names()).toEqual(['link.tif', 'real.tif']);
  });
});

describe('probabilities as whole numbers', () => {
  const file = (name: string): string => path.join(room, name);

  test.each([
    ['uint8', 255],
    ['uint16', 65535],
  ] as const)('%s: rounded, the largest is 1; in a TIFF, a PNG and a folder', async (dtype, most) => {
    const expected = maps.flatMap(({ data }) => Array.from(data, (p) => Math.round(p * most)));
    await writeResult(file('p.tif'), maps, { result: 'probabilities', dtype });
    await writeResult(file('p/'), maps, { result: 'probabilities', dtype, depth: 3 });
    await writeResult(file('p.png'), maps.slice(0, 1), { result: 'probabilities', dtype });
    const [tiff, sections, png] = await Promise.all(['p.tif', 'p', 'p.png'].map((name) => readStack(file(name))));
    expect([...(tiff?.data ?? [])]).toEqual(expected);
    expect(sections).toEqual(tiff);
    expect([...(png?.data ?? [])]).toEqual(expected.slice(0, 200));
  });
});

describe('rows', () => {
  /** The rows of `sections` by `count` at once. */
  function* rowsOf(sections: readonly GreyImage<Float32Array>[], count: number): Generator<SectionRows> {
    for (const [z, { width, height, data }] of sections.entries()) {
      for (let y = 0; y < height; y += count) {
        const rows = data.subarray(y * width, (y + count) * width);
        yield { z: 10 + 2 * z, y, width, height: rows.length / width, sectionHeight: height, data: rows };
      }
    }
  }

  test.each(['mask', 'probabilities', 'instances'] as const)('%s: what whole sections give', async (result) => {
    await writeResult(path.join(room, 'whole.tif'), maps, { result, depth: 3 });
    expect(await writeResult(path.join(room, 'rows.tif'), rowsOf(maps, 3), { result, depth: 3 })).toBe(3);
    expect(readFileSync(path.join(room, 'rows.tif'))).toEqual(readFileSync(path.join(room, 'whole.tif')));
  });

  test('are written as they come', async () => {
    const [width, height, count] = [512, 8192, 256];
    const band = probabilities(width, count).data;
    const bytes = count * width * 4;
    let behind = 0;
    function* bands(): Generator<SectionRows> {
      for (let y = 0; y < height; y += count) {
        const written = names().reduce((sum, name) => sum + statSync(path.join(room, name)).size, 0);
        // Noise is not compressed to less than two thirds.
        behind = Math.max(behind, (y / count) * bytes * 0.66 - written);
        yield { z: 0, y, width, height: count, sectionHeight: height, data: band };
      }
    }
    await writeResult(path.join(room, 'tall.tif'), bands(), { result: 'probabilities', depth: 1 });
    expect(behind).toBeLessThan(2 * bytes);
  });

  test('a section of another height is refused, and the source is ended', async () => {
    let ended = false;
    function* rows(): Generator<SectionRows> {
      try {
        yield* rowsOf([probabilities(20, 10), probabilities(20, 12)], 10);
      } finally {
        ended = true;
      }
    }
    await expect(writeResult(path.join(room, 'm.tif'), rows())).rejects.toThrow(/Section 2 has 20 x 12 pixels/);
    expect({ ended, names: names() }).toEqual({ ended: true, names: [] });
  });
});

describe('instances', () => {
  const options = { result: 'instances', threshold: 0.6, seedHeight: 0.1, minSize: 3 } as const;

  test('the cells of each section, with ids that go on from section to section', async () => {
    await writeResult(path.join(room, 'cells.tif'), maps, options);
    const { data } = await readStack(path.join(room, 'cells.tif'));
    const expected: number[] = [];
    let last = 0;
    for (const one of maps) {
      const { labels, count } = cellInstances(one, { threshold: 0.6, seedHeight: 0.1, minSize: 3 });
      expected.push(...Array.from(labels, (id) => (id === 0 ? 0 : id + last)));
      expect(count).toBeGreaterThan(2);
      last += count;
    }
    expect([...data]).toEqual(expected);
    expect(new Set(expected).size).toBe(last + 1);
  });

  test('a folder and a PNG have them in 16 bits', async () => {
    await writeResult(path.join(room, 'cells.tif'), maps, options);
    await writeResult(path.join(room, 'cells/'), maps, options);
    const [tiff, sections] = await Promise.all(['cells.tif', 'cells'].map((name) => readStack(path.join(room, name))));
    expect(sections?.data).toBeInstanceOf(Uint16Array);
    expect([...(sections?.data ?? [])]).toEqual([...(tiff?.data ?? [])]);
  });

  test('that are more than 65535 need a TIFF', async () => {
    // A checkerboard: each interior pixel is a cell.
    const data = Float32Array.from({ length: 512 * 512 }, (_, i) => ((i + (i >> 9)) % 2 === 0 ? 0 : 1));
    const many = [{ width: 512, height: 512, data }];
    const failure = writeResult(path.join(room, 'cells.png'), many, { result: 'instances' });
    await expect(failure).rejects.toThrow(/up to 65535, and there is 131072. Write a TIFF/);
    expect(names()).toEqual([]);
  });
});

test.each([
  [{ result: 'cells' }, /result must be one of mask, probabilities, instances; received "cells"/],
  [{ minSize: 5 }, /minSize must not be given for the result mask; it is for instances; received 5/],
  [{ result: 'probabilities', threshold: 0.5 }, /threshold must not be given .* it is for mask, instances/],
  [{ result: 'instances', dtype: 'uint8' }, /dtype must not be given .* it is for probabilities/],
  [{ result: 'probabilities', dtype: 'int8' }, /dtype must be one of uint8, uint16, float32/],
  [{ result: 'instances', minSize: 0.5 }, /minSize must be a whole number/],
  [{ result: 'instances', seedHeight: 2 }, /seedHeight must be a probability/],
])('refuses %o before any section is asked for', async (options, message) => {
  const sections = { [Symbol.iterator]: () => expect.fail('a section was asked for') };
  const failure = writeResult(path.join(room, 'r.tif'), sections, options as WriteResultOptions);
  await expect(failure).rejects.toThrow(InvalidOptionError);
  await expect(failure).rejects.toThrow(message);
  expect(names()).toEqual([]);
});

describe('a failed write leaves what was there, and nothing else', () => {
  test.each([
    { what: 'the source fails', name: 'm.tif', sections: failing, message: /the source broke/ },
    { what: 'the source fails (PNG)', name: 'm.png', sections: failing, message: /one section|source broke/ },
    { what: 'there is no section', name: 'm.tif', sections: () => [], kind: InvalidImageError, message: /no section/ },
    {
      what: 'there is no section (PNG)',
      name: 'm.png',
      sections: () => [],
      kind: InvalidImageError,
      message: /no section/,
    },
    {
      what: 'a PNG gets two',
      name: 'm.png',
      sections: () => maps,
      kind: InvalidImageError,
      message: /holds one section/,
    },
    {
      what: 'sizes differ',
      name: 'm.tif',
      sections: () => [...maps, probabilities(5, 5)],
      kind: InvalidImageError,
      message: /5 x 5/,
    },
    {
      what: 'one section is missing',
      name: 'm.tif',
      sections: () => maps,
      depth: 4,
      kind: InvalidImageError,
      message: /3 pages, not 4/,
    },
    {
      what: 'one section is too much',
      name: 'm.tif',
      sections: () => maps,
      depth: 2,
      kind: InvalidImageError,
      message: /2/,
    },
    {
      what: 'the threshold is none',
      name: 'm.tif',
      sections: () => maps,
      threshold: 1.5,
      kind: InvalidOptionError,
      message: /threshold/,
    },
  ])('$what', async ({ what: _, name, sections, message, kind = Error, ...options }) => {
    const file = path.join(room, name);
    writeFileSync(file, 'old');
    const failure = await writeResult(file, sections(), options).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(kind);
    expect((failure as Error).message).toMatch(message);
    expect(names()).toEqual([name]);
    expect(readFileSync(file, 'utf8')).toBe('old');
  });

  test.each([
    { file: () => path.join(room, 'nowhere', 'm.tif'), message: /folder that exists/ },
    { file: () => path.join(room, 'm.jpg'), message: /must end in \.tif, \.tiff, \.tf8 \(BigTIFF\), \.png or \.zarr/ },
    { file: () => path.join(room, 'm'), message: /must end in/ },
    {
      file: () => {
        mkdirSync(path.join(room, 'd.tif'));
        return path.join(room, 'd.tif');
      },
      message: /a folder/,
    },
    {
      file: () => {
        symlinkSync('/dev/full', path.join(room, 'full.tif'));
        return path.join(room, 'full.tif');
      },
      message: /a device or pipe/,
    },
  ])('no place for a file: $message', async ({ file, message }) => {
    const target = file();
    const before = names();
    const failure = await writeResult(target, maps).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InvalidOptionError);
    expect((failure as Error).message).toMatch(message);
    expect(names()).toEqual(before);
  });
});

describe('a disk of 64 KiB', () => {
  let disk: Tmpfs | undefined;
  beforeEach(({ skip }) => {
    disk = mountTmpfs('64k');
    if (disk === undefined) skip('mounting a small disk needs root');
  });
  afterEach(() => disk?.remove());

  test('that is full is an error, and it is empty again', async () => {
    const target = path.join(disk?.path ?? '', 'p.tif');
    const full = writeResult(target, [probabilities(300, 300)], { result: 'probabilities' });
    const failure = await full.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(EnvironmentError);
    expect((failure as Error).message).toMatch(/p\.tif cannot be written: no space is left on the disk/);
    expect((failure as Error).cause).toMatchObject({ code: 'ENOSPC' });
    expect(readdir(disk?.path ?? '')).toEqual([]);
  });

  test('that is read-only is an error', async () => {
    disk?.remount('remount,ro');
    const failure = await writeResult(path.join(disk?.path ?? '', 'm.tif'), maps).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(EnvironmentError);
    expect((failure as Error).message).toMatch(/the file system is read-only/);
  });
});

test('at most two sections are held, however many there are', async () => {
  let held = 0;
  let most = 0;
  const gone = new FinalizationRegistry(() => held--);
  async function* many(): AsyncGenerator<GreyImage<Float32Array>> {
    for (let i = 0; i < 30; i++) {
      const image = probabilities(128, 128, i);
      gone.register(image, undefined);
      held++;
      global.gc?.();
      await new Promise((resolve) => setTimeout(resolve, 5));
      most = Math.max(most, held);
      yield image;
    }
  }
  expect(await writeResult(path.join(room, 'many.tif'), many(), { result: 'probabilities', depth: 30 })).toBe(30);
  expect(global.gc).toBeDefined();
  expect(most).toBeLessThanOrEqual(4);
});
