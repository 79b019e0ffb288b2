import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InvalidOptionError } from '@dilated-unet/core';
import { encodeTiffStack, type IgnoreRules, type OpenOptions } from '@dilated-unet/stacks';
import { openStack, stackFiles } from '@dilated-unet/stacks/node';
import { loadDataset, phantom, type Dataset, type TrainConfig } from '@dilated-unet/trainer';
import type { DataPaths } from '../run/settings.ts';
import type { Reporter } from '../run/services.ts';
import { describeFile } from '../run/summary.ts';
import { withLock, writeFileAtomically } from '@dilated-unet/host';

/** What an experiment knows of its data, wherever the files lie. */
export interface DataRecord {
  /** For the user, for example `isbi-2012, 30 sections of 512 x 512`. */
  readonly description: string;
  /** Sections of the labelled stack. */
  readonly sections: number;
  /** SHA-256 of the files; null for the phantom. */
  readonly sha256: { readonly images: string; readonly labels: string; readonly ignoreMask?: string } | null;
}

type PhantomConfig = Extract<TrainConfig['data'], { kind: 'phantom' }>;

/** `data`, which is of one stack. @throws InvalidOptionError where it is of several */
export function ofOneStack(data: TrainConfig['data']): Exclude<TrainConfig['data'], { kind: 'several' }> {
  if (data.kind !== 'several') return data;
  const names = data.stacks.map(({ name }) => name).join(' ');
  throw new InvalidOptionError('data', 'must be one stack, whose sections an experiment divides into blocks', names);
}

/** How the reading of stacks is watched and stopped. */
export type ReadingWatcher = Pick<Reporter, 'onProgress' | 'signal'>;

/** Reads the stacks of a training as it does. @throws as `loadDataset`; the signal's reason once stopped. */
export async function readDataset(config: TrainConfig, { onProgress, signal }: ReadingWatcher): Promise<Dataset> {
  const phase = 'reading the stacks';
  onProgress({ phase });
  const read = await loadDataset(config, (done, total) => {
    signal?.throwIfAborted();
    onProgress({ phase, done, total });
  });
  signal?.throwIfAborted();
  return read;
}

/**
 * @param watch told of each file: all are read once for their hash, which takes as long as reading them does.
 * @throws InvalidImageError with the path of a stack that cannot be read; the signal's reason once stopped.
 */
export async function describeStacks(
  { images, labels, ignoreMask, select }: DataPaths,
  { onProgress, signal }: ReadingWatcher = { onProgress: () => undefined },
): Promise<DataRecord> {
  const size = await sizeOf(images, select);
  for (const path of [labels, ignoreMask]) if (path !== undefined) await sizeOf(path, { labels: true });
  const filesOf = (path: string | undefined): Promise<readonly string[]> =>
    path === undefined ? Promise.resolve([]) : stackFiles(path);
  const [ofImages, ofLabels, ofMask] = await Promise.all([filesOf(images), filesOf(labels), filesOf(ignoreMask)]);
  const total = ofImages.length + ofLabels.length + ofMask.length;
  let done = 0;
  const hash = async (files: readonly string[]): Promise<string> => {
    const hashes: string[] = [];
    for (const file of files) {
      onProgress({ phase: 'hashing the stacks', detail: basename(file), done: done++, total });
      hashes.push((await describeFile(file, signal)).sha256);
    }
    return hashOf(hashes);
  };
  const sha256 = {
    images: await hash(ofImages),
    labels: await hash(ofLabels),
    ...(ignoreMask !== undefined && { ignoreMask: await hash(ofMask) }),
  };
  return { description: describe(basename(dirname(images)), size), sections: size.depth, sha256 };
}

/** Which pixels of the labels do not count; undefined where all do. */
export function ignoredBy({
  data,
  ignore,
  ignoreSections,
}: Pick<TrainConfig, 'data' | 'ignore' | 'ignoreSections'>): IgnoreRules<string> | undefined {
  const ignoreMask = data.kind === 'stacks' ? data.ignoreMask : undefined;
  if (ignore === undefined && ignoreSections === undefined && ignoreMask === undefined) return undefined;
  return { ignore, ignoreSections, ignoreMask };
}

export function describePhantom({ sections, size }: PhantomConfig): DataRecord {
  const info = { depth: sections, width: size, height: size };
  return { description: describe('built-in phantom', info), sections, sha256: null };
}

interface Size {
  readonly depth: number;
  readonly height: number;
  readonly width: number;
}

function describe(name: string, { depth, width, height }: Size): string {
  return `${name}, ${depth} sections of ${width} x ${height}`;
}

async function sizeOf(path: string, options?: OpenOptions): Promise<Size> {
  const source = await openStack(path, options);
  const [depth, height, width] = source.shape;
  await source.close?.();
  return { depth, height, width };
}

/** Of a folder: the hash of what sha256sum would print of its sections, without their names. */
function hashOf(hashes: readonly string[]): string {
  const [first, ...others] = hashes;
  if (first !== undefined && others.length === 0) return first;
  return createHash('sha256').update(hashes.join('\n')).digest('hex');
}

/**
 * The stacks that the experiment in `out` trains on, as files; the phantom is written into `out` where it is not there.
 *
 * @throws InvalidOptionError when a file is gone.
 */
export async function experimentStacks(config: TrainConfig['data'], out: string, watch: Reporter): Promise<DataPaths> {
  const data = ofOneStack(config);
  if (data.kind === 'phantom') return phantomFiles(data, join(out, 'phantom'), watch);
  const { images, labels, ignoreMask, test, select } = data;
  for (const path of [images, labels, ...(ignoreMask === undefined ? [] : [ignoreMask])]) {
    if (await exists(path)) continue;
    if (path === ignoreMask) {
      throw new InvalidOptionError('ignoreMask', 'must say where the mask of the labels lies now', path);
    }
    throw new InvalidOptionError('data', 'must name the folder in which the stacks of the experiment lie now', path);
  }
  const paths = { images, labels, ...(ignoreMask !== undefined && { ignoreMask }), ...(select && { select }) };
  return test !== undefined && (await exists(test)) ? { ...paths, test } : paths;
}

function phantomFiles(
  config: PhantomConfig,
  folder: string,
  { onProgress, onNote, signal }: Reporter,
): Promise<DataPaths> {
  const paths = { images: join(folder, 'train-volume.tif'), labels: join(folder, 'train-labels.tif') };
  const wait = (pid: number, host: string): void => onNote(`process ${pid} on ${host} makes the phantom; waiting`);
  return withLock(
    `${folder}.lock`,
    async () => {
      // The labels are written last.
      if (await exists(paths.labels)) return paths;
      onProgress({ phase: 'making the phantom' });
      await mkdir(folder, { recursive: true });
      const { images, labels } = phantom(config);
      await writeFileAtomically(paths.images, await encodeTiffStack(images, { compression: 'deflate' }));
      await writeFileAtomically(paths.labels, await encodeTiffStack(labels, { compression: 'deflate' }));
      return paths;
    },
    { onWait: wait, signal },
  );
}

async function exists(path: string): Promise<boolean> {
  return (await stackFiles(path)).length > 0;
}
