import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  InvalidImageError,
  InvalidOptionError,
  section,
  sections,
  stackNormalisation,
  type GreyStack,
  type Normalisation,
} from '@dilated-unet/core';
import { IGNORED } from '@dilated-unet/stacks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTrainConfig } from '../../../src/config/parse.ts';
import type { TrainConfigInput } from '../../../src/config/schema.ts';
import { loadDataset, sampledStacks, type Dataset } from '../../../src/data/dataset.ts';
import type { DividedStack } from '../../../src/data/hold-out.ts';
import { phantom } from '../../../src/data/phantom.ts';
import { beyondMemory } from '../../../src/data/streamed/decide.ts';
import { loadStreamed } from '../../../src/data/streamed/load.ts';
import { createSampler } from '../../../src/data/sampler.ts';
import { openTrainingBatches } from '../../../src/data/training-batches.ts';
import { writeStackAsRawZarr } from '../../support/raw-zarr.ts';

const [WIDTH, DEPTH] = [600, 8];
const TISSUE = phantom({ sections: DEPTH, size: WIDTH, seed: 3, withCells: true });
const IDS = { ...TISSUE.images, data: Uint16Array.from(TISSUE.cells?.data ?? []) };
/** 9 where nobody labelled: all but a corner of two sections. */
const SPARSE = {
  ...TISSUE.labels,
  data: TISSUE.labels.data.map((value, i) => {
    const [z, y, x] = [Math.floor(i / WIDTH ** 2), Math.floor(i / WIDTH) % WIDTH, i % WIDTH];
    return (z === 1 || z === 6) && x > 450 && y > 500 ? value : 9;
  }),
};

/** In sections 2 and 7, wholly painted, 1 membrane and 2 interior; 0 in the others. */
const PAINTED = {
  ...TISSUE.labels,
  data: TISSUE.labels.data.map((value, i) => {
    const z = Math.floor(i / WIDTH ** 2);
    return z === 1 || z === 6 ? (value > 0 ? 2 : 1) : 0;
  }),
};
/** 1 in a corner of section 3. */
const CORNER = {
  ...TISSUE.labels,
  data: new Uint8Array(TISSUE.labels.data.length).fill(1, 2 * WIDTH ** 2 + 40, 2 * WIDTH ** 2 + 90),
};
/** `IDS` with the value 60000 in that corner. */
const MARKED = { ...IDS, data: IDS.data.map((id, i) => (CORNER.data[i] === 1 ? 60_000 : id)) };
/** Other images. */
const DIMMED = { ...TISSUE.images, data: TISSUE.images.data.map((value) => value >> 1) };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'measured-'));
});
afterAll(() => rm(folder, { recursive: true }));

const known = new Map<GreyStack, Promise<string>>();
function write(stack: GreyStack): Promise<string> {
  const path = known.get(stack) ?? writeStackAsRawZarr(join(folder, `${known.size}.zarr`), stack, [4, 128, 150]);
  known.set(stack, path);
  return path;
}

const base = {
  network: { name: 'unet' },
  holdOut: 2,
  window: 64,
  batchSize: 4,
  schedule: {},
  augmentation: 'none',
} satisfies Partial<TrainConfigInput>;

/** Three parts of 512 x 512 pixels are measured, and three sections with their labels may be held out. */
const LIMITS = { bytes: 2_500_000, measuredPixels: 3 * 512 ** 2 };

async function load(
  labels: GreyStack,
  changes: Partial<TrainConfigInput> = {},
  images: GreyStack = TISSUE.images,
  limits = LIMITS,
): Promise<Dataset> {
  const data = { kind: 'stacks', images: await write(images), labels: await write(labels) } as const;
  return loadDataset(parseTrainConfig({ ...base, data, ...changes }), undefined, limits);
}

/** Two stacks of `IDS`, of which the second may be held out as a whole. */
async function loadTwo(
  [one, other]: readonly [GreyStack, GreyStack],
  changes: Partial<TrainConfigInput>,
  { heldOut, bytes = LIMITS.bytes }: { readonly heldOut?: true; readonly bytes?: number } = {},
): Promise<Dataset> {
  const labels = await write(IDS);
  const stacks = [
    { name: 'brain', images: await write(one), labels },
    { name: 'cord', images: await write(other), labels, heldOut },
  ];
  const config = { ...base, labelKind: 'instances', data: { kind: 'several', stacks }, ...changes } as const;
  return loadDataset(parseTrainConfig(config), undefined, { ...LIMITS, bytes });
}

const firstOf = (data: Dataset): DividedStack => data.stacks[0] as DividedStack;

describe('a stack that is measured on parts', () => {
  it('is normalised by parts of what is trained on, and says so', async () => {
    const data = await load(TISSUE.labels, { labelKind: 'interior' });
    const stack = firstOf(data);
    expect(stack.train?.images).toMatchObject({ width: 512, height: 512, depth: 3 });
    expect(data.normalisation).toEqual(stackNormalisation(stack.train?.images as GreyStack));
    // Three parts of six sections, of which each has its exposure.
    expect(Math.abs(data.normalisation.mean - stackNormalisation(TISSUE.images).mean)).toBeLessThan(10);
    expect(data.notes.some((note) => note.endsWith('are measured on 3 parts of 512 x 512 pixels.'))).toBe(true);
    expect(stack.places).toEqual({ train: [0, 1, 2, 3, 4, 5], heldOut: [6, 7] });
    expect(stack.partPlaces?.every((z) => z < 6)).toBe(true);
    expect(data.isPartial).toBe(false);
    // Each part is one of the stack, with its labels.
    const { images, labels } = stack.train as { images: GreyStack; labels: GreyStack };
    stack.partPlaces?.forEach((place, k) => {
      const [whole, part] = [section(TISSUE.images, place).data, section(images, k).data];
      const found = Array.from({ length: 89 ** 2 }, (_, i) => ({ x: i % 89, y: Math.floor(i / 89) })).find(({ x, y }) =>
        [0, 1, 511 * 512, 200 * 512 + 7].every(
          (p) => part[p] === whole[(y + Math.floor(p / 512)) * WIDTH + x + (p % 512)],
        ),
      );
      if (found === undefined) throw new Error('not a part of the section');
      const at = (p: number): number => (found.y + Math.floor(p / 512)) * WIDTH + found.x + (p % 512);
      expect(part.every((value, p) => value === whole[at(p)])).toBe(true);
      const drawn = section(TISSUE.labels, place).data;
      expect(section(labels, k).data.every((value, p) => value === ((drawn[at(p)] as number) > 0 ? 1 : 0))).toBe(true);
    });
  });

  it('has its held-out sections whole, and the windows that a stack in memory has', async () => {
    const data = await load(IDS, { labelKind: 'instances', holdOut: 1 });
    const config = parseTrainConfig({
      ...{ ...base, labelKind: 'instances', holdOut: 1 },
      data: { kind: 'stacks', images: await write(TISSUE.images), labels: await write(IDS) },
    });
    const inMemory = await loadDataset(config);
    expect(firstOf(data).heldOut?.images).toEqual(sections(TISSUE.images, 7, 8));
    expect(firstOf(data).heldOut?.labels).toEqual(firstOf(inMemory).heldOut?.labels);
    // But for the normalisation.
    const alike = { ...inMemory, stacks: inMemory.stacks.map((stack) => ({ ...stack, train: stack.train && { ...stack.train, by: { normalisation: data.normalisation } } })) }; // prettier-ignore
    const [own, files] = await Promise.all([alike, data].map((one) => openTrainingBatches(config, one, { from: 0, to: 6 }))); // prettier-ignore
    for (let step = 0; step < 6; step++) expect(files?.take(step)).toEqual(own?.take(step));
    await Promise.all([own?.close(), files?.close()]);
  });

  it('normalises sections by themselves by all of each', async () => {
    const data = await load(IDS, { labelKind: 'instances', normalise: 'section' });
    const streamed = firstOf(data).streamed;
    expect(streamed?.normalisations).toHaveLength(6);
    for (const [z, { mean }] of streamed?.normalisations?.entries() ?? []) {
      expect(mean).toBeCloseTo(stackNormalisation(sections(TISSUE.images, z, z + 1)).mean, 0);
    }
    // Parts too, on which batch norms are calibrated.
    const sampler = createSampler({
      stacks: sampledStacks(data),
      window: 512,
      batchSize: 1,
      augmentation: {},
      seed: 1,
    });
    const parts = firstOf(data).train?.images as GreyStack;
    const seen = firstOf(data).partPlaces?.map((place, k) => {
      const { mean, std } = streamed?.normalisations?.[place] as Normalisation;
      return ((section(parts, k).data[0] as number) - mean) / std;
    });
    for (let step = 0; step < 6; step++) {
      const [first] = sampler.batch(step).images;
      expect(seen?.some((value) => Math.abs(value - (first as number)) < 1e-5)).toBe(true);
    }
  });

  it('is looked at where it is labelled, and cut there alone', async () => {
    const changes = { ignore: 9, labelKind: 'interior', holdOut: 3 } as const;
    const data = await load(SPARSE, changes);
    const stack = firstOf(data);
    expect(stack.places).toEqual({ train: [1], heldOut: [5, 6, 7] });
    expect(stack.partPlaces).toEqual([1, 1, 1]);
    expect(stack.train?.labels.data.includes(1) && stack.train.labels.data.includes(0)).toBe(true);
    expect(stack.train?.labels.data.includes(IGNORED)).toBe(true);
    expect(data.isPartial).toBe(true);
    expect(data.notes.some((note) => note.endsWith('of the pixels count; sections 1, 3 to 6 and 8 have none, and are passed over.'))).toBe(true); // prettier-ignore
    const config = parseTrainConfig({ ...base, ...changes, data: { kind: 'stacks', images: await write(TISSUE.images), labels: await write(SPARSE) } }); // prettier-ignore
    const inMemory = await loadDataset(config);
    const [own, files] = await Promise.all([inMemory, data].map((one) => openTrainingBatches(config, one, { from: 0, to: 6 }))); // prettier-ignore
    for (let step = 0; step < 6; step++) expect(files?.take(step).labels).toEqual(own?.take(step).labels);
    await Promise.all([own?.close(), files?.close()]);
  });

  it.each(['auto', 'interior'] as const)(
    'takes 0 for what nobody labelled where each labelled section is labelled whole: %s',
    async (labelKind) => {
      const stack = firstOf(await load(PAINTED, { ignore: 0, labelKind }));
      expect(stack.streamed?.files.reading).toEqual({ labelKind: 'interior', zero: 1, other: 2 });
      expect(stack.places).toEqual({ train: [1], heldOut: [6, 7] });
      const [painted, unlabelled] = [0, 1].map((z) => section(stack.heldOut?.labels as GreyStack, z).data);
      expect(painted).toEqual(section(TISSUE.labels, 6).data.map((value) => (value > 0 ? 1 : 0)));
      expect(new Set(unlabelled)).toEqual(new Set([IGNORED]));
      expect(new Set(stack.train?.labels.data)).toEqual(new Set([0, 1]));
    },
  );

  it('takes 0 for that too in a stack of several that has none: it is labelled whole', async () => {
    const labels = { ...TISSUE.labels, data: TISSUE.labels.data.map((value) => (value > 0 ? 2 : 1)) };
    const stacks = [
      { name: 'brain', images: await write(TISSUE.images), labels: await write(PAINTED) },
      { name: 'cord', images: await write(DIMMED), labels: await write(labels) },
    ];
    const config = parseTrainConfig({
      ...base,
      ignore: 0,
      holdOut: 1,
      holdOutFrom: 6,
      data: { kind: 'several', stacks },
    });
    const [, cord] = (await loadDataset(config, undefined, LIMITS)).stacks;
    expect(cord?.streamed?.files.reading).toEqual({ labelKind: 'interior', zero: 1, other: 2 });
    expect(cord?.heldOut?.labels.data).toEqual(section(TISSUE.labels, 6).data.map((value) => (value > 0 ? 1 : 0)));
  });

  it('may have what is ignored in sections alone that are left out', async () => {
    const changes = { ignoreSections: '3', labelKind: 'instances' } as const;
    for (const ignore of [60_000, 60_001]) {
      const loaded = load(MARKED, { ...changes, ignore });
      if (ignore === 60_000) expect(firstOf(await loaded).places.train).toEqual([0, 1, 3, 4, 5]);
      else await expect(loaded).rejects.toThrow('no pixel has the value 60001');
    }
    const data = { kind: 'stacks', images: await write(TISSUE.images), labels: await write(IDS), ignoreMask: await write(CORNER) } as const; // prettier-ignore
    expect(firstOf(await load(IDS, { ...changes, data })).places.train).toEqual([0, 1, 3, 4, 5]);
    await expect(load(IDS, { ...changes, data, ignoreSections: '2' })).resolves.toBeDefined();
    const nothing = { ...CORNER, data: new Uint8Array(CORNER.data.length) };
    const empty = { ...data, ignoreMask: await write(nothing) };
    await expect(load(IDS, { ...changes, data: empty })).rejects.toThrow('the mask ignores nothing');
  });

  it('is one that becomes too large at the pixels of the training', async () => {
    const limits = { ...LIMITS, bytes: 10_000_000 };
    const changes = { labelKind: 'interior', dataPixelSize: 8 } as const;
    expect(firstOf(await load(TISSUE.labels, changes, TISSUE.images, limits)).streamed).toBeNull();
    const finer = await load(TISSUE.labels, { ...changes, pixelSize: 4 }, TISSUE.images, limits);
    expect(firstOf(finer).streamed?.files.size).toEqual({ width: 1200, height: 1200 });
    expect(finer.notes[0]).toMatch(/^Images and labels take .* they stay in their files/);
    const coarser = await load(TISSUE.labels, { ...changes, pixelSize: 16 }, TISSUE.images, limits);
    expect(firstOf(coarser).streamed).toBeNull();
  });

  it('counts images at the pixels of the training, and of labels what is larger: as they are stored, or a byte each there', async () => {
    const stack = { name: null, images: await write(TISSUE.images), labels: await write(IDS), dataPixelSize: 8 };
    const { byteLength, length } = TISSUE.images.data;
    // Ids are read as four bytes each.
    for (const [pixelSize, bytes] of [
      [2, 16 * byteLength + 16 * length],
      [8, byteLength + 4 * length],
    ] as const) {
      const fits = (most: number) => beyondMemory([{ ...stack, pixelSize }], { ...LIMITS, bytes: most });
      expect(await fits(bytes)).toBeNull();
      expect(await fits(bytes - 1)).toContain('Images and labels take');
    }
  });

  it('is refused where it is named twice, however it is divided', async () => {
    const copy = { ...TISSUE.images };
    await expect(loadTwo([TISSUE.images, copy], { holdOut: 1 })).rejects.toThrow('has the same images as brain');
    // Other sections are trained on in one than are held out in the other.
    const refused = loadTwo([TISSUE.images, copy], { holdOut: 2 }, { heldOut: true, bytes: 8_000_000 });
    await expect(refused).rejects.toThrow('cord (');
    await expect(refused).rejects.toThrow('has the same images as brain');
  });

  it('holds out what fits into memory together with what is held out of others', async () => {
    await expect(loadTwo([TISSUE.images, DIMMED], { holdOut: 2 }, { bytes: 2_880_000 })).resolves.toBeDefined();
    const refused = loadTwo([TISSUE.images, DIMMED], { holdOut: 2 }, { bytes: 2_879_999 });
    await expect(refused).rejects.toThrow(InvalidOptionError);
    await expect(refused).rejects.toThrow(
      'and 2 sections of cord of 600 x 600 take 0.001 GiB, beside 0.001 GiB of the stacks before it, of the 0.003 GiB',
    );
  });

  it('is not looked through for the normalisation of sections where all of it is held out', async () => {
    const paths = { images: await write(TISSUE.images), labels: await write(IDS) };
    const divided = { name: 'cord', heldOut: true, labelsName: paths.labels, window: 64, holdOut: 0 } as const;
    const how = { normalise: 'section', registerLabels: false, sampling: 'sections' } as const;
    const options = { window: 64, labelKind: 'instances', limits: { ...LIMITS, bytes: 6_000_000 } } as const;
    const read = await loadStreamed({ ...paths, ...divided, ...how }, options);
    expect(read.streamed?.measured).toMatchObject({ normalisations: null, heldOut: { images: { depth: 8 } } });
  });

  it('has always the same hash, which is that of its parts', async () => {
    const [one, again] = [await load(IDS, { seed: 1 }), await load(IDS, { seed: 2 })];
    expect(again.hash).toEqual(one.hash);
    expect((await load(IDS, { labelKind: 'instances', boundaryWidth: 9 })).hash.labels).not.toBe(one.hash.labels);
  });

  it('is not trained on where its sections are held out of another', async () => {
    const part = (stack: GreyStack): GreyStack => sections(stack, 3, 5);
    const stacks = [
      { name: 'brain', images: await write(TISSUE.images), labels: await write(IDS) },
      {
        name: 'part',
        images: await write(part(TISSUE.images)),
        labels: await write(part(IDS)),
        heldOut: true as const,
      },
    ];
    const config = { ...base, holdOut: 0, labelKind: 'instances', data: { kind: 'several', stacks } } as const;
    await expect(loadDataset(parseTrainConfig(config), undefined, LIMITS)).rejects.toThrow(
      /^part \(.*\): sections 1 and 2 held out, and trained on in brain \(.*\), as sections 4 and 5 there/,
    );
  });

  it.each<[string, Parameters<typeof load>, typeof InvalidOptionError | typeof InvalidImageError, string]>([
    [
      'a montage',
      [IDS, { sampling: 'montage', holdOut: 0 }],
      InvalidOptionError,
      'sampling must not be montage for stacks that are too large for memory',
    ],
    [
      'much that is held out',
      [IDS, { holdOut: 4 }],
      InvalidOptionError,
      'holdOut must be less: what is held out is segmented in memory, and 4 sections of 600 x 600 take',
    ],
    ['all held out', [IDS, { holdOut: 8 }], InvalidOptionError, 'holdOut must be an integer from 0 to 7'],
    [
      'a value that is nowhere',
      [IDS, { ignore: 60000 }],
      InvalidImageError,
      'no pixel has the value 60000, which is to be ignored.',
    ],
    [
      'a section that is not there',
      [IDS, { ignoreSections: '9' }],
      InvalidOptionError,
      'ignoreSections must be numbers from 1 to 8',
    ],
    ['all ignored', [IDS, { ignoreSections: '1-8' }], InvalidImageError, 'every pixel is ignored'],
    ['a large window', [IDS, { window: 608 }], InvalidImageError, 'smaller than the training window of 608 x 608'],
    [
      'labels of another size',
      [sections(IDS, 0, 7), {}],
      InvalidImageError,
      'labels of another size than images: 7 sections of 600 x 600',
    ],
    [
      'labels of one class',
      [{ ...IDS, data: new Uint8Array(IDS.data.length) }, { labelKind: 'interior' }],
      InvalidImageError,
      'Nothing is labelled',
    ],
    [
      'blank images',
      [IDS, { labelKind: 'instances' }, { ...IDS, data: new Uint8Array(IDS.data.length).fill(7) }],
      InvalidImageError,
      'has one grey value',
    ],
  ])('refuses %s', async (_, given, kind, message) => {
    const error: unknown = await load(...given).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(kind);
    expect((error as Error).message).toContain(message);
  });

  it('says where a value is none that its parts have, when a window is cut there', async () => {
    const paths = { kind: 'stacks', images: await write(TISSUE.images) } as const;
    const config = (labels: string) => parseTrainConfig({ ...base, labelKind: 'interior', data: { ...paths, labels } });
    const limits = { ...LIMITS, measuredPixels: 512 ** 2 };
    const clean = await loadDataset(config(await write(TISSUE.labels)), undefined, limits);
    const [seen] = firstOf(clean).partPlaces as [number];
    const odd = { ...TISSUE.labels, data: TISSUE.labels.data.slice() };
    for (let i = 0; i < odd.data.length; i += 501) {
      const z = Math.floor(i / WIDTH ** 2);
      if (z !== seen && z < 6) odd.data[i] = 3;
    }
    const asked = config(await write(odd));
    const data = await loadDataset(asked, undefined, limits);
    const batches = await openTrainingBatches(asked, data, { from: 0, to: 3 });
    let error: unknown;
    try {
      for (let step = 0; step < 3; step++) batches.take(step);
    } catch (caught) {
      error = caught;
    }
    await batches.close();
    expect(error).toBeInstanceOf(InvalidImageError);
    expect((error as Error).message).toMatch(/two values 0 and 255, .* found 3 at x \d+, y \d+ of section \d\.$/);
  });
});
