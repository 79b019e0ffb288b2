import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  applySymmetry,
  InvalidImageError,
  overlapCounts,
  overlapScores,
  section,
  sections,
  SYMMETRIES,
  type GreyStack,
} from '@dilated-unet/core';
import { encodeTiffStack, type LabelKindOption } from '@dilated-unet/stacks';
import { writeSections } from '@dilated-unet/stacks/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildTiff, greyPage, storedBytes } from '../../../stacks/test/support/build-tiff.ts';
import { parseStoredConfig, parseTrainConfig } from '../../src/config/parse.ts';
import { loadDataset } from '../../src/data/dataset.ts';
import type { DividedStack } from '../../src/data/hold-out.ts';
import { phantom } from '../../src/data/phantom.ts';
import { loadStacks, type Stacks } from '../../src/data/stacks.ts';

const [SIDE, DEPTH] = [128, 10];
const made = phantom({ sections: DEPTH, size: SIDE, seed: 7, withCells: true });
const { images, labels } = made;
const cells = made.cells as NonNullable<typeof made.cells>;
const interior = labels.data.map((value) => value / 255);

let folder: string;
let imagePath: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'label-kinds-'));
  imagePath = await write('images.tif', images);
});
afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, content: GreyStack | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content instanceof Uint8Array ? content : await encodeTiffStack(content));
  return path;
}

const load = (labelPath: string, labelKind: LabelKindOption = 'auto', more: object = {}): Promise<Stacks> =>
  loadStacks({ images: imagePath, labels: labelPath }, { window: 32, labelKind, ...more });

/** The cells as integers of 64 bits that differ by less than a double can say, background where `isBackground`. */
function asUint64(isBackground: (i: number) => boolean = () => false): Uint8Array {
  const pages = Array.from({ length: DEPTH }, (_, z) => {
    const ids = Array.from({ length: SIDE ** 2 }, (_, p) => {
      const i = z * SIDE ** 2 + p;
      return isBackground(i) ? 0n : 720575940620000000n + BigInt(cells.data[i] as number);
    });
    return greyPage(SIDE, SIDE, storedBytes('BigUint64', ids), { 258: 64, 339: 1 });
  });
  return buildTiff(pages);
}

/** Dice of membrane and interior of labels beside the phantom's own. */
function agreement(data: Uint8Array): { readonly membraneDice: number; readonly interiorDice: number } {
  const size = { width: SIDE, height: SIDE * DEPTH };
  return overlapScores(overlapCounts({ ...size, data: Float32Array.from(data) }, { ...size, data: interior }));
}

/** Labels `by` sections on, or in another order. */
function inOrder(of: (z: number) => number): GreyStack<Uint8Array> {
  const data = Uint8Array.from(Array.from({ length: DEPTH }, (_, z) => [...section(labels, of(z)).data]).flat());
  return { ...labels, data };
}

/** Labels moved down and right; what comes in is interior. */
function moved(y: number, x: number): GreyStack<Uint8Array> {
  const data = labels.data.map((_, i) => {
    const [row, column] = [(Math.floor(i / SIDE) % SIDE) - y, (i % SIDE) - x];
    const isInside = Math.min(row, column) >= 0 && Math.max(row, column) < SIDE;
    return isInside ? (labels.data[i - y * SIDE - x] as number) : 255;
  });
  return { ...labels, data };
}

describe('labels of every kind, told from the file', () => {
  it('two values either way round', async () => {
    const painted = { ...labels, data: labels.data.map((value) => 255 - value) };
    for (const [name, stack, kind] of [
      ['interior.tif', labels, 'interior'],
      ['membrane.tif', painted, 'membrane'],
    ] as const) {
      const read = await load(await write(name, stack));
      expect(read.labels.data).toEqual(interior);
      expect(read).toMatchObject({ labelKind: kind, boundaryWidth: null, warnings: [] });
      expect(read.notes).toEqual([
        expect.stringMatching(new RegExp(`${name}: taken as \`labelKind\` ${kind}: 0 is the .*er one`)),
      ]);
    }
  });

  it('ids of 64 bits in TIFF, and of 32 bits in OME-Zarr with its size of a pixel', async () => {
    const fromTiff = await load(await write('ids.tif', asUint64()));
    expect(fromTiff).toMatchObject({ labelKind: 'instances', boundaryWidth: 6, warnings: [] });
    expect(fromTiff.notes[0]).toMatch(
      /ids\.tif: taken as `labelKind` instances: \d+ values .* `boundaryWidth` 6 pixels wide/,
    );
    const path = join(folder, 'ids.zarr');
    const all = Array.from({ length: DEPTH }, (_, z) => ({
      width: SIDE,
      height: SIDE,
      data: cells.data.subarray(z * SIDE ** 2, (z + 1) * SIDE ** 2),
    }));
    await writeSections(path, all, { depth: DEPTH, labels: true, pixelSize: { z: 50, y: 6, x: 6 } });
    const fromZarr = await load(path);
    expect(fromZarr).toMatchObject({ labelKind: 'instances', boundaryWidth: 4 });
    expect(fromZarr.notes[0]).toContain('4 pixels wide (24 nm as in ISBI-2012, at pixels of 6 nm)');
    expect((await load(path, 'auto', { boundaryWidth: 6 })).labels).toEqual(fromTiff.labels);
  });

  it("makes the phantom's membranes of its cells", async () => {
    // Cells that touch: oblique membranes, which are wide, are as narrow as others.
    const touching = agreement((await load(await write('ids.tif', asUint64()))).labels.data);
    expect(touching.membraneDice).toBeGreaterThan(0.84);
    expect(touching.interiorDice).toBeGreaterThan(0.96);
    // Cells as they are drawn, without what is membrane.
    const drawn = agreement(
      (
        await load(
          await write(
            'drawn.tif',
            asUint64((i) => interior[i] === 0),
          ),
        )
      ).labels.data,
    );
    expect(drawn.membraneDice).toBeGreaterThan(0.97);
    expect(drawn.interiorDice).toBeGreaterThan(0.99);
  });

  it('refuses labels of another size, whatever their kind', async () => {
    const path = await write('few.tif', sections(labels, 0, 3));
    for (const kind of ['auto', 'instances', 'membrane'] as const) {
      const error: unknown = await load(path, kind).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(InvalidImageError);
      expect((error as Error).message).toContain(
        'few.tif: labels of another size than images: 3 sections of 128 x 128',
      );
    }
  });

  it('refuses a section of one cell, and one without any', async () => {
    const ids = Uint16Array.from(cells.data, (id, i) => (i < SIDE ** 2 ? 1 : i < 2 * SIDE ** 2 ? 0 : id));
    await expect(load(await write('one.tif', { ...labels, data: ids }), 'instances')).rejects.toThrow(
      'one.tif: section 1 has no membrane, section 2 has no cell interior',
    );
  });
});

describe('a mistake that the images show', () => {
  it.each([
    ['reverse', (z: number) => DEPTH - 1 - z, 'in reverse order', /Reverse one of the two/],
    [
      'before',
      (z: number) => Math.max(0, z - 1),
      'of the sections before',
      /Leave out the first section of the labels/,
    ],
    [
      'after',
      (z: number) => Math.min(DEPTH - 1, z + 1),
      'of the sections that follow',
      /Leave out the last section of the labels/,
    ],
    [
      'text',
      (z: number) => [0, 9, 1, 2, 3, 4, 5, 6, 7, 8][z] as number,
      'in the order of their numbers as text',
      /numbers of one length/,
    ],
  ])('labels of another order: %s', async (name, of, text, remedy) => {
    const { warnings, labelKind } = await load(await write(`${name}.tif`, inOrder(of)));
    expect(labelKind).toBe('interior');
    expect(warnings).toEqual([expect.stringContaining(`${name}.tif: the labels seem to be ${text}`)]);
    expect(warnings[0]).toMatch(remedy);
  });

  it('images that were sorted as text, beside labels that were not', async () => {
    const sorted = [0, 9, 1, 2, 3, 4, 5, 6, 7, 8];
    const data = Uint8Array.from(sorted.flatMap((z) => [...section(images, z).data]));
    const paths = {
      images: await write('sorted.tif', { ...images, data }),
      labels: await write('interior.tif', labels),
    };
    const { warnings } = await loadStacks(paths, { window: 32 });
    expect(warnings).toEqual([expect.stringContaining('of images that are in the order of their numbers as text')]);
  });

  it.each([
    [2, 0, /moved\.tif: the labels lie (1\.[89]|2\.\d) pixels below( and 0\.\d \w+)? of the tissue in .*images\.tif/],
    [-3, 2, /the labels lie (2\.[789]|3\.[012]) pixels above and (1\.[89]|2\.[012]) right of the tissue/],
  ])('labels that are moved by %i, %i pixels, and what moves them back', async (y, x, message) => {
    const path = await write('moved.tif', moved(y, x));
    const { warnings } = await load(path);
    expect(warnings).toEqual([expect.stringMatching(message)]);
    expect(warnings[0]).toContain('Train with `registerLabels`, which moves them back.');
    expect((await load(path, 'auto', { registerLabels: true })).warnings).toEqual([]);
    const data = await loadDataset(
      parseTrainConfig({
        network: { name: 'unet' },
        data: { kind: 'stacks', images: imagePath, labels: path },
        holdOut: 1,
        schedule: {},
        window: 32,
        registerLabels: true,
      }),
    );
    const registered = data.stacks[0] as DividedStack;
    expect(Math.abs((registered.labelOffset?.y ?? 0) - y)).toBeLessThan(0.3);
    expect(Math.abs((registered.labelOffset?.x ?? 0) - x)).toBeLessThan(0.3);
  });

  it('labels that are moved farther than registration looks', async () => {
    const { warnings } = await load(await write('far.tif', moved(-6, 5)));
    expect(warnings[0]).toMatch(
      /far\.tif: the labels lie (5\.\d|6\.\d) pixels above and (4\.\d|5\.\d) right of the tissue/,
    );
    expect(warnings[0]).toMatch(
      /farther than `registerLabels` looks\. Move them back first .* by X -5 and Y 6, without/,
    );
  });

  it.each([
    [6, 0, /the labels lie 6\.\d pixels below( and 0\.\d (left|right))? of the tissue.* by X 0 and Y -6, without/],
    [-7, -7, /the labels lie (6\.9|7\.\d) pixels above and (6\.9|7\.\d) left of the tissue.* by X 7 and Y 7, without/],
  ])('labels that are moved by %i, %i pixels, to the pixel', async (y, x, message) => {
    const { warnings } = await load(await write('far.tif', moved(y, x)));
    expect(warnings).toEqual([expect.stringMatching(message)]);
  });

  describe('in place of the question of a registration that fails', () => {
    const registered = async (of: GreyStack<Uint8Array>, onUnregistered?: (message: string) => void) =>
      loadDataset({
        ...parseTrainConfig({
          ...{ network: { name: 'unet' }, holdOut: 3, schedule: {}, window: 32, registerLabels: true },
          data: { kind: 'stacks', images: imagePath, labels: await write('wrong.tif', of) },
        }),
        onUnregistered,
      });
    const exchanged = (): GreyStack<Uint8Array> => {
      const turned = (z: number) =>
        applySymmetry(section(labels, z), SYMMETRIES[4] as (typeof SYMMETRIES)[number]).data;
      return { ...labels, data: Uint8Array.from(Array.from({ length: DEPTH }, (_, z) => [...turned(z)]).flat()) };
    };
    const late = (z: number): number => Math.min(DEPTH - 1, z + 1);

    it.each([
      ['in reverse order', () => inOrder((z) => DEPTH - 1 - z), /seem to be in reverse order.* Reverse one of the two/],
      ['a section late', () => inOrder(late), /of the sections that follow.* Leave out the last section of the labels/],
      ['of exchanged axes', exchanged, /seem to be exchanged in x and y.* labels\.swapaxes\(-1, -2\)\)\.$/],
      ['moved far', () => moved(6, 0), /lie 6\.\d pixels below.* Move them back first.* by X 0 and Y -6, without/],
    ])('labels %s', async (_, of, message) => {
      const error: unknown = await registered(of()).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(InvalidImageError);
      expect((error as InvalidImageError).message).toMatch(message);
      expect((error as InvalidImageError).message).not.toContain('`registerLabels: false`');
      // Whoever only looks is told, and sees the labels as they lie.
      const told: string[] = [];
      const data = await registered(of(), (text) => told.push(text));
      expect(told).toEqual([(error as InvalidImageError).message]);
      expect(data.warnings).toEqual(told);
      expect(data.stacks[0]?.labelOffset).toBeNull();
    });

    it('labels of several stacks, with the name of theirs', async () => {
      const wrong = await write(
        'wrong.tif',
        inOrder((z) => DEPTH - 1 - z),
      );
      const other = phantom({ sections: 4, size: SIDE, seed: 3 });
      const stacks = [
        { name: 'a', images: await write('a.tif', other.images), labels: await write('a-labels.tif', other.labels) },
        { name: 'b', images: imagePath, labels: wrong },
      ];
      const config = { network: { name: 'unet' }, holdOut: 1, schedule: {}, window: 32, registerLabels: true } as const;
      await expect(loadDataset(parseTrainConfig({ ...config, data: { kind: 'several', stacks } }))).rejects.toThrow(
        /^b: .*wrong\.tif: the labels seem to be in reverse order/,
      );
    });
  });

  it('nothing of labels as they should be', async () => {
    expect((await load(await write('interior.tif', labels))).warnings).toEqual([]);
  });
});

describe('what a run notes of it', () => {
  const stacks = { kind: 'stacks', images: '/i.tif', labels: '/l.tif' } as const;
  const minimal = { network: { name: 'unet' }, data: stacks, holdOut: 1, schedule: {} };

  it('auto is what is not asked for', () => {
    expect(parseTrainConfig(minimal)).toMatchObject({ labelKind: 'auto', boundaryWidth: null });
  });

  it('runs from before there was the field have interior', () => {
    expect(parseStoredConfig(minimal, 'config.json')).toMatchObject({ labelKind: 'interior', boundaryWidth: null });
    expect(parseStoredConfig({ ...minimal, labelKind: 'membrane' }, 'config.json').labelKind).toBe('membrane');
  });

  it.each(['interior', 'membrane'] as const)('a width says nothing of %s', (labelKind) => {
    expect(() => parseTrainConfig({ ...minimal, labelKind, boundaryWidth: 6 })).toThrow(
      'boundaryWidth must be left out: it is for labels that are instances',
    );
  });
});
