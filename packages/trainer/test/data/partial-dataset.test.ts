import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidImageError, section, translateStack, type GreyStack } from '@dilated-unet/core';
import { encodeTiffStack, IGNORED } from '@dilated-unet/stacks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDataset, type DatasetConfig } from '../../src/data/dataset.ts';
import { labelledSections, takeSections } from '../../src/data/labelled-sections.ts';
import { phantom } from '../../src/data/phantom.ts';
import { ofOneStack } from '../support/one-stack.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'partial-dataset-'));
});
afterAll(() => rm(folder, { recursive: true }));

const [SIDE, DEPTH] = [128, 6];
const { images: TISSUE, labels: DRAWN } = phantom({ sections: DEPTH, size: SIDE, seed: 1 });

/** A file of the labels of the phantom, 255 and 0, in which `value` says where nobody labelled. */
async function write(name: string, stack: GreyStack): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, await encodeTiffStack(stack));
  return path;
}

/** `DRAWN` with 7 in the columns from 80 on, and in all of the sections named. */
function partly(unlabelled: readonly number[]): GreyStack<Uint8Array> {
  return {
    ...DRAWN,
    data: DRAWN.data.map((value, i) => {
      const isLabelled = i % SIDE < 80 && !unlabelled.includes(Math.floor(i / SIDE ** 2));
      return isLabelled ? value : 7;
    }),
  };
}

type Others = Partial<DatasetConfig> & { readonly images?: GreyStack; readonly ignoreMask?: GreyStack };

async function load(
  labels: GreyStack,
  { images = TISSUE, ignoreMask, ...others }: Others = {},
): Promise<ReturnType<typeof ofOneStack>> {
  const named = {
    kind: 'stacks',
    images: await write('i.tif', images),
    labels: await write('l.tif', labels),
    ...(ignoreMask && { ignoreMask: await write('m.tif', ignoreMask) }),
  } as const;
  const data = await loadDataset({
    data: named,
    holdOut: 0,
    labelKind: 'interior',
    boundaryWidth: null,
    normalise: 'model',
    sampling: 'sections',
    registerLabels: false,
    augmentation: {},
    window: 32,
    ...others,
  });
  return ofOneStack(data);
}

const failure = async (labels: GreyStack, others: Others): Promise<string> => {
  const error: unknown = await load(labels, others).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(InvalidImageError);
  return (error as Error).message;
};

describe('a dataset of partial labels', () => {
  it('has them beside 0 and 1, of a value as of a mask', async () => {
    const byValue = await load(partly([]), { ignore: 7 });
    expect([...new Set(byValue.train.labels.data)].sort((a, b) => a - b)).toEqual([0, 1, IGNORED]);
    expect(byValue.isPartial).toBe(true);
    expect(byValue.notes[0]).toMatch(/l\.tif: 62\.5% of the pixels count\.$/);
    const ignoreMask = { ...DRAWN, data: partly([]).data.map((value) => (value === 7 ? 255 : 0)) };
    const byMask = await load(DRAWN, { ignoreMask });
    expect(byMask.train).toEqual(byValue.train);
    expect(byMask.hash).toEqual(byValue.hash);
  });

  it('is another one than that of all labels, and of other pixels that count: the hash of the labels says so', async () => {
    const all = await load(DRAWN);
    const [some, fewer] = [await load(partly([]), { ignore: 7 }), await load(partly([1]), { ignore: 7 })];
    expect(all.isPartial).toBe(false);
    expect(new Set([all, some, fewer].map(({ hash }) => hash.labels)).size).toBe(3);
    expect(new Set([all, some, fewer].map(({ hash }) => hash.images)).size).toBe(1);
  });

  it('passes over sections without labels: the rest is that of the stack without them', async () => {
    const [labels, kept] = [partly([1, 4]), [0, 2, 3, 5]];
    const {
      hash: _,
      stacks: _stacks,
      notes,
      places,
      ...data
    } = await load(labels, { ignore: 7, registerLabels: true });
    const without = { images: takeSections(TISSUE, kept), registerLabels: true, ignore: 7 };
    const {
      hash: _hash,
      notes: _notes,
      places: _places,
      stacks: _divided,
      ...expected
    } = await load(takeSections(labels, kept), without);
    expect(data).toEqual(expected);
    expect(places).toEqual({ train: kept, heldOut: [] });
    expect(notes[0]).toMatch(/l\.tif: 41\.7% of the pixels count; sections 2 and 5 have none, and are passed over\.$/);
  });

  it('is not partial where all that is trained on is labelled', async () => {
    const named = await load(DRAWN, { ignoreSections: '1,3', holdOut: 2 });
    expect(named.isPartial).toBe(false);
    expect(named.train.images).toEqual({ ...takeSections(TISSUE, [1, 3]) });
    // Of the block that is held out only a part may be labelled: that does not concern the loss.
    const mask = new Uint8Array(DEPTH * SIDE ** 2);
    mask.fill(1, 5 * SIDE ** 2 + 60 * SIDE);
    const ignoreMask = { ...DRAWN, data: mask };
    expect((await load(DRAWN, { ignoreMask, holdOut: 1 })).isPartial).toBe(false);
    expect((await load(DRAWN, { ignoreMask })).isPartial).toBe(true);
  });

  it('holds out sections by their numbers in the stack, those without labels too', async () => {
    const { heldOut, train } = await load(partly([3, 5]), { ignore: 7, holdOut: 3 });
    expect(heldOut?.images).toEqual(takeSections(TISSUE, [3, 4, 5]));
    expect(section(heldOut?.labels as GreyStack, 0).data.every((value) => value === IGNORED)).toBe(true);
    expect(labelledSections(heldOut as NonNullable<typeof heldOut>).images).toEqual(takeSections(TISSUE, [4]));
    expect(train.images.depth).toBe(3);
  });

  it('finds where labels lie beside the tissue from those that count', async () => {
    const moved = { ...DRAWN, data: Uint8Array.from(translateStack(DRAWN, { y: -1, x: 2 }).data) };
    const wrong = moved.data.map((value, i) => (i % SIDE < 80 ? value : 255 - value));
    const ignoreMask = { ...DRAWN, data: wrong.map((_, i) => (i % SIDE < 80 ? 0 : 1)) };
    const { labelOffset } = await load({ ...DRAWN, data: wrong }, { ignoreMask, registerLabels: true });
    expect(labelOffset?.correlation).toBeGreaterThan(0.4);
    expect(Math.abs((labelOffset?.y ?? 9) + 1)).toBeLessThan(0.5);
    expect(Math.abs((labelOffset?.x ?? 9) - 2)).toBeLessThan(0.5);
  });
});

describe('refuses', () => {
  it('a block without labels, and one with all of them', async () => {
    const some = partly([0, 1, 2]);
    expect(await failure(some, { ignore: 7, holdOut: 2, holdOutFrom: 1 })).toBe(
      'Held out: sections 2 and 3; none of them has a label: there would be nothing to score. Labels are in sections 4 to 6. Hold ' +
        'others out (`holdOut`, and `holdOutFrom`, which counts from 0).',
    );
    expect(await failure(some, { ignore: 7, holdOut: 4 })).toContain(
      'Held out: sections 3 to 6; no other has a label: nothing is left to train on.',
    );
  });

  it('what cannot be ignored, with the path', async () => {
    expect(await failure(DRAWN, { ignore: 7 })).toMatch(
      /^\/.*l\.tif: no pixel has the value 7, which is to be ignored/,
    );
    const small = { width: SIDE, height: SIDE, depth: 1, data: new Uint8Array(SIDE ** 2).fill(1) };
    expect(await failure(DRAWN, { ignoreMask: small })).toMatch(/^\/.*m\.tif: a mask must have the size of the labels/);
    const all = { ...DRAWN, data: DRAWN.data.map(() => 1) };
    expect(await failure(DRAWN, { ignoreMask: all })).toMatch(/l\.tif: every pixel is ignored/);
  });

  it('labels of three values, of which none is named', async () => {
    expect(await failure(partly([]), {})).toContain('labels must have two values');
  });
});
