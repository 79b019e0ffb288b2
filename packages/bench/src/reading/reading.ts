import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, relativeSpread, rounded, type OnProgress } from '@dilated-unet/host';
import sharp, { type TiffOptions } from 'sharp';
import { pythonProgram, runProgram, type Program } from '../processes.ts';

const TILES = { tile: true, tileWidth: 256, tileHeight: 256 } as const;

/** How the section that is read is stored; sharp writes it, with libtiff. */
const FORMS = {
  uncompressed: { compression: 'none' },
  deflate: { compression: 'deflate', predictor: 'horizontal' },
  lzw: { compression: 'lzw', predictor: 'horizontal' },
  tiled: { compression: 'none', ...TILES },
  'tiled deflate': { compression: 'deflate', predictor: 'horizontal', ...TILES },
} as const satisfies Record<string, TiffOptions>;

type Form = keyof typeof FORMS;

/** One form of file. */
export interface ReadFile {
  readonly path: string;
  /** Whether each read goes to the memory of the one before, as who reads many sections may do. */
  readonly keep: boolean;
}

/** What a reader is asked to do: read each file again and again, from the opening on. */
export interface ReadingTask {
  readonly files: Readonly<Record<string, ReadFile>>;
  /** Seconds for each file: what compiles and takes memory at the beginning does not count in the median. */
  readonly duration: number;
  /** Times that each file is read at least. */
  readonly least: number;
}

const LEAST_REPEATS = 5;

/** What it says. */
export interface ReadingTimes {
  readonly version: string;
  /** Of each file, one after the other. */
  readonly seconds: Readonly<Record<string, readonly number[]>>;
}

/** Readers by name; Python's where there is an interpreter. */
export function readers(python: string | undefined): readonly Program[] {
  const file = fileURLToPath(new URL('task.js', import.meta.url));
  const env = process.env;
  return [
    ...(['ours', 'geotiff'] as const).map((name) => ({
      name,
      command: process.execPath,
      file,
      env: { ...env, READER: name },
    })),
    ...(python === undefined ? [] : [pythonProgram('tifffile', python, 'bench_reading.py', env)]),
  ];
}

/** Writes an 8-bit section of `size` x `size` pixels, waves and noise, in each form to `folder`. */
export async function writeForms(folder: string, size: number): Promise<Readonly<Record<string, ReadFile>>> {
  await mkdir(folder, { recursive: true });
  let state = 1;
  const data = Uint8Array.from({ length: size * size }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const wave = Math.sin((i % size) / 20) * Math.cos(Math.floor(i / size) / 31);
    return 128 + 60 * wave + ((state >>> 24) - 128) / 12;
  });
  const paths = Object.keys(FORMS).map((form) => [form, join(folder, `${form}.tif`)] as const);
  for (const [form, path] of paths) {
    const raw = { width: size, height: size, channels: 1 } as const;
    await sharp(data, { raw, limitInputPixels: false })
      .toColourspace('b-w')
      .tiff(FORMS[form as Form])
      .toFile(path);
  }
  const files = Object.fromEntries(paths.map(([form, path]) => [form, { path, keep: false }]));
  return { ...files, 'uncompressed, to the same memory': { path: join(folder, 'uncompressed.tif'), keep: true } };
}

/** Runs each reader in `rounds` fresh processes, interleaved. @returns a figure of each form */
export async function measureReading(
  all: readonly Program[],
  { files, duration }: Omit<ReadingTask, 'least'>,
  { rounds, size }: { readonly rounds: number; readonly size: number },
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<readonly object[]> {
  const times = new Map(all.map(({ name }) => [name, [] as ReadingTimes[]]));
  for (let round = 0; round < rounds; round++) {
    for (const [i, reader] of all.entries()) {
      onProgress({ phase: 'reading', done: round * all.length + i, total: rounds * all.length });
      times
        .get(reader.name)
        ?.push(await runProgram<ReadingTimes>(reader, { files, duration, least: LEAST_REPEATS }, signal));
    }
  }
  const versions: Record<string, string | undefined> = {};
  for (const [name, runs] of times) versions[name] = runs[0]?.version;
  return Object.keys(files).map((form) => {
    const megabytes: Record<string, number> = {};
    const spread: Record<string, number> = {};
    for (const [name, runs] of times) {
      const seconds = runs.flatMap((run) => run.seconds[form] ?? []);
      megabytes[name] = rounded(size ** 2 / 1e6 / median(seconds));
      spread[name] = rounded(relativeSpread(seconds));
    }
    const { ours = NaN, ...peers } = megabytes;
    const ratios: Record<string, number> = {};
    for (const [name, speed] of Object.entries(peers)) ratios[`ratio to ${name}`] = rounded(ours / speed);
    const what = { figure: 'reading', form, width: size, height: size, dtype: 'uint8', rounds, duration };
    return { ...what, megabytesPerSecond: megabytes, spread, ...ratios, versions };
  });
}
