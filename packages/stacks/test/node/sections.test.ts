import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { section } from '@dilated-unet/core';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeTiffStack, openPlace, readSection, type FilePlace, type FolderPlace } from '../../src/index.ts';
import { memoryBytes } from '../../src/bytes.ts';
import { folderTaking, openStack, readStack, stackFiles, writeSections } from '../../src/node/index.ts';
import { counted } from '../support/counted.ts';
import { temporaryFolder } from '../support/folder.ts';
import { noise, noiseStack } from '../support/images.ts';

const folder = temporaryFolder();
const STACK = noiseStack(30, 20, 12);
const NAMES = Array.from({ length: 12 }, (_, z) => `s${z + 1}`);

function put(name: string, bytes: Uint8Array | string): void {
  mkdirSync(path.dirname(folder.file(name)), { recursive: true });
  writeFileSync(folder.file(name), bytes);
}

const png = (image: { width: number; height: number; data: Uint8Array }): Promise<Buffer> =>
  sharp(image.data, { raw: { width: image.width, height: image.height, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();

beforeAll(async () => {
  for (const [z, name] of NAMES.entries()) {
    const image = section(STACK, z);
    put(`png/${name}.png`, await png(image));
    put(`tif/${name}.${z % 2 === 0 ? 'tif' : 'TIFF'}`, await encodeTiffStack({ ...image, depth: 1 }));
  }
  put('png/notes.txt', 'not a section');
  put('png/._s1.png', 'what macOS leaves beside a file');
  mkdirSync(folder.file('png/sub.png'));
  put('png/other.tif.bak', '');
});

describe('a folder of sections', () => {
  it.each(['png', 'tif', 'png/s*.png', 'tif/s*'])('%s: in natural order, s2 before s10', async (name) => {
    expect(await readStack(folder.file(name))).toEqual(STACK);
    const source = await openStack(folder.file(name));
    expect(source).toMatchObject({ shape: [12, 20, 30], dtype: 'uint8' });
    const isPng = name.startsWith('png');
    expect(source.fromTop).toBe(isPng ? true : undefined);
    const sizes = NAMES.map((section) => statSync(folder.file(`png/${section}.png`)).size);
    expect(source.readBytes).toBe(isPng ? Math.max(...sizes) : undefined);
    const region = { x: 3, y: 4, width: 5, height: 6 };
    const { data } = await source.read(9, region);
    expect([...data.subarray(0, 5)]).toEqual([...STACK.data.subarray((9 * 20 + 4) * 30 + 3).subarray(0, 5)]);
  });

  it('a pattern takes what it matches', async () => {
    const files = await stackFiles(folder.file('png/s1?.png'));
    expect(files.map((file) => path.basename(file))).toEqual(['s10.png', 's11.png', 's12.png']);
    expect(await stackFiles(folder.file('png/s1.png'))).toEqual([folder.file('png/s1.png')]);
  });

  it('takes what would be one of its sections, and an OME-Zarr what lies in it', async () => {
    const taking = (where: string, target: string) => folderTaking(folder.file(where), folder.file(target));
    expect(await taking('tif', 'tif/mask.tif')).toBe(folder.file('tif'));
    expect(await taking('tif/s*.tif', 'tif/s.tif')).toBe(folder.file('tif'));
    for (const [where, target] of [
      ['tif', 'tif/mask.zarr'],
      ['tif', 'tif/sub/mask.tif'],
      ['tif/s*.tif', 'tif/mask.tif'],
      ['tif', 'mask.tif'],
      ['tif/s1.tif', 'tif/mask.tif'],
    ] as const) {
      expect(await taking(where, target)).toBeUndefined();
    }
    await writeSections(folder.file('volume.zarr'), [section(STACK, 0)]);
    symlinkSync('volume.zarr', folder.file('link.zarr'));
    expect(await taking('link.zarr', 'volume.zarr/labels/cells.zarr')).toBe(folder.file('link.zarr'));
    expect(await taking('volume.zarr', 'volume.zarr.tif')).toBeUndefined();
    expect(await folderTaking('https://example.org/x.zarr', 'x.zarr/cells.zarr')).toBeUndefined();
  });

  it('a name with a star in it is a file where there is one', async () => {
    put('odd/s*.png', await png(noise(4, 4)));
    put('odd/s1.png', await png(noise(4, 4)));
    expect((await openStack(folder.file('odd/s*.png'))).shape[0]).toBe(1);
  });

  it.each([
    [
      'size',
      { ...noise(31, 20), depth: 1 },
      /s1\.png has 30 x 20 pixels of uint8, .*s10\.tif has 31 x 20 of uint8.*name those of one kind with a pattern/,
    ],
    [
      'type',
      { width: 30, height: 20, depth: 1, data: new Uint16Array(600) },
      /s1\.png has 30 x 20 pixels of uint8, .*s10\.tif has 30 x 20 of uint16/,
    ],
    ['number of pages', noiseStack(30, 20, 3), /s10\.tif has 3 pages\. Each file of a folder/],
  ])('names the first file of another %s', async (what, odd, message) => {
    for (const name of ['s1', 's2']) put(`odd ${what}/${name}.png`, await png(noise(30, 20)));
    for (const name of ['s10', 's11']) put(`odd ${what}/${name}.tif`, await encodeTiffStack(odd));
    await expect(openStack(folder.file(`odd ${what}`))).rejects.toThrow(message);
  });

  it('names the file that is damaged, where it is read', async () => {
    const bytes = await png(noise(30, 20));
    put('hurt/a.png', bytes);
    put('hurt/b.png', bytes.subarray(0, bytes.length - 40));
    const source = await openStack(folder.file('hurt'));
    await expect(readSection(source, 1)).rejects.toThrow(/b\.png: the PNG is damaged or cut off/);
    await expect(readSection(source, 0)).resolves.toBeDefined();
  });

  it.each([
    ['nowhere/*.png', /nowhere\/\*\.png cannot be read: there is no such file or folder/],
    ['png/z*.png', /png\/z\*\.png has no sections: .*Name the folder that has them/],
  ])('%s is refused', async (name, message) => {
    await expect(openStack(folder.file(name))).rejects.toThrow(message);
  });
});

describe('what is read of a folder', () => {
  it('is the file of the section, which is closed again, and nothing after the signal', async () => {
    const reads = new Map<string, ReturnType<typeof counted>>();
    let open = 0;
    let most = 0;
    const file = (name: string): FilePlace => ({
      kind: 'file',
      name,
      async open() {
        const bytes = await encodeTiffStack({ ...section(STACK, NAMES.indexOf(name.slice(0, -4))), depth: 1 });
        const watched = counted(memoryBytes(bytes));
        reads.set(name, watched);
        most = Math.max(most, ++open);
        return { ...watched.source, close: () => Promise.resolve(void open--) };
      },
    });
    const place: FolderPlace = {
      kind: 'folder',
      name: 'slices',
      list: () => Promise.resolve(NAMES.map((name) => `${name}.tif`)),
      file,
      read: () => Promise.resolve(undefined),
    };
    const source = await openPlace(place);
    expect([open, most, reads.size]).toEqual([0, 1, 12]);
    reads.clear();
    expect(await readSection(source, 10)).toEqual(section(STACK, 10));
    expect([...reads.keys()]).toEqual(['s11.tif']);
    expect(open).toBe(0);
    reads.clear();
    const stopped = AbortSignal.abort(new Error('enough'));
    await expect(readSection(source, 10, { signal: stopped })).rejects.toThrow('enough');
    await expect(openPlace(place, { signal: stopped })).rejects.toThrow('enough');
    expect(reads.size).toBe(0);
  });
});

it('what is remarked of its files is said once', async () => {
  const rgb = { raw: { width: 4, height: 3, channels: 3 as const } };
  for (const k of [1, 2, 3]) put(`rgb/${k}.png`, await sharp(new Uint8Array(36).fill(k), rgb).png().toBuffer());
  const notes: string[] = [];
  const source = await openStack(folder.file('rgb'), { onNote: (note) => notes.push(note) });
  for (const z of [0, 1, 2]) expect((await readSection(source, z)).data).toEqual(new Uint8Array(12).fill(z + 1));
  expect(notes).toEqual([
    expect.stringMatching(/rgb\/1\.png: Of the picture red.* said once for all files of .*rgb\.$/),
  ]);
});
