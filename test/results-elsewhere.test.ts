import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cellInstances, type GreyImage } from '@dilated-unet/core';
import { writeResult, type WriteResultOptions } from '@dilated-unet/runtime-node';
import { NGFF, peerPython, pythonScript } from '@dilated-unet/tools';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonLines } from './support/json-lines.ts';

/** Wide enough for a second scale, and for two chunks. */
const [WIDTH, HEIGHT, DEPTH] = [1100, 30, 3];
const MAPS = Array.from({ length: DEPTH }, (_, z) => probabilities(z));
const SIZES = { known: { z: 50, y: 4, x: 4.5 }, unknown: undefined } as const;

/** In waves, so that there are cells. */
function probabilities(z: number): GreyImage<Float32Array> {
  const value = (i: number): number => 0.5 + 0.5 * Math.sin((i % WIDTH) / 9 + z) * Math.cos(Math.floor(i / WIDTH) / 5);
  return { width: WIDTH, height: HEIGHT, data: Float32Array.from({ length: WIDTH * HEIGHT }, (_, i) => value(i)) };
}

type Values = Uint8Array | Uint16Array | Uint32Array | Float32Array;

interface Kind {
  readonly options: WriteResultOptions;
  readonly dtype: string;
  readonly isLabel: boolean;
  /** Values of all sections, after axes z, y, x. */
  readonly values: () => Values;
}

const all = (): number[] => MAPS.flatMap(({ data }) => [...data]);

const KINDS: Readonly<Record<string, Kind>> = {
  mask: {
    options: {},
    dtype: 'uint8',
    isLabel: true,
    values: () => Uint8Array.from(all(), (p) => (p > 0.5 ? 255 : 0)),
  },
  'probabilities-8': {
    options: { result: 'probabilities', dtype: 'uint8' },
    dtype: 'uint8',
    isLabel: false,
    values: () => Uint8Array.from(all(), (p) => Math.round(255 * p)),
  },
  'probabilities-16': {
    options: { result: 'probabilities', dtype: 'uint16' },
    dtype: 'uint16',
    isLabel: false,
    values: () => Uint16Array.from(all(), (p) => Math.round(65535 * p)),
  },
  'probabilities-32': {
    options: { result: 'probabilities' },
    dtype: 'float32',
    isLabel: false,
    values: () => Float32Array.from(all()),
  },
  instances: { options: { result: 'instances' }, dtype: 'uint32', isLabel: true, values: instances },
};

/** Ids that go on from section to section. */
function instances(): Uint32Array {
  let last = 0;
  return Uint32Array.from(
    MAPS.flatMap((map) => {
      const { labels, count } = cellInstances(map);
      last += count;
      return Array.from(labels, (id) => (id === 0 ? 0 : id + last - count));
    }),
  );
}

/** Of an image the mean of four pixels; of labels the most frequent value, and the least of equally frequent ones. */
function halved(values: Values, isLabel: boolean): Values {
  const out = values.slice(0, values.length / 4);
  for (let i = 0; i < out.length; i++) {
    const [column, row] = [i % (WIDTH / 2), Math.floor(i / (WIDTH / 2))];
    const at = 2 * row * WIDTH + 2 * column;
    const four = [at, at + 1, at + WIDTH, at + WIDTH + 1].map((place) => values[place] as number);
    const mean = four.reduce((sum, value) => sum + value, 0) / 4;
    const often = (value: number): number => four.filter((other) => other === value).length;
    const [most] = four.toSorted((a, b) => often(b) - often(a) || a - b) as [number];
    out[i] = isLabel ? most : values instanceof Float32Array ? mean : Math.round(mean);
  }
  return out;
}

function digest(values: Values): string {
  return createHash('sha1')
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest('hex');
}

let folder = '';
let found: ReadonlyMap<string, object> = new Map();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dilated-unet-results-'));
  for (const [kind, { options }] of Object.entries(KINDS)) {
    for (const [known, pixelSize] of Object.entries(SIZES)) {
      for (const ending of ['zarr', 'tif']) {
        await writeResult(join(folder, `${kind}-${known}.${ending}`), MAPS, { ...options, depth: DEPTH, pixelSize });
      }
    }
  }
  const python = await peerPython(NGFF, () => undefined, new AbortController().signal);
  const lines = await jsonLines<{ name: string }>(python, [pythonScript('read_results.py'), folder], 300_000);
  found = new Map(lines.map((line) => [line.name, line]));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(Object.entries(KINDS))('%s', (kind, { dtype, isLabel, values }) => {
  it.each(Object.entries(SIZES))(
    'an OME-Zarr that zarr-python, ome-zarr-py and the schemas of OME-NGFF take: pixel size %s',
    (known, size) => {
      const [half, unit] = [halved(values(), isLabel), size && { unit: 'nanometer' }];
      const { z, y, x } = size ?? { z: 1, y: 1, x: 1 };
      const scale = { dtype, names: ['z', 'y', 'x'] };
      expect(found.get(`${kind}-${known}.zarr`)).toEqual({
        name: `${kind}-${known}.zarr`,
        scales: [
          { ...scale, shape: [3, 30, 1100], chunks: [1, 30, 1024], digest: digest(values()), scale: [z, y, x] },
          { ...scale, shape: [3, 15, 550], chunks: [1, 15, 550], digest: digest(half), scale: [z, 2 * y, 2 * x] },
        ],
        kinds: [isLabel ? ['Label', 'Multiscales'] : ['Multiscales']],
        shapes: [
          [3, 30, 1100],
          [3, 15, 550],
        ],
        axes: ['z', 'y', 'x'].map((name) => ({ name, type: 'space', ...unit })),
        faults: [],
      });
    },
  );

  it.each(Object.entries(SIZES))('a TIFF that tifffile reads as a stack: pixel size %s', (known, size) => {
    expect(found.get(`${kind}-${known}.tif`)).toEqual({
      name: `${kind}-${known}.tif`,
      shape: [3, 30, 1100],
      dtype,
      // Without a scale there is no text of ImageJ: pages, as tifffile calls them.
      axes: size === undefined ? 'IYX' : 'ZYX',
      digest: digest(values()),
      unit: size === undefined ? null : 'nm',
      spacing: size?.z ?? null,
      perUnit: size === undefined ? [] : [1 / size.x, 1 / size.y],
    });
  });
});
