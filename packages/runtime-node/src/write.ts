import { type GreyImage, InvalidImageError, InvalidOptionError, requireOptionNames } from '@dilated-unet/core';
import type { PixelSize } from '@dilated-unet/stacks';
import { type SectionRows as StoredRows, stackOutput, type StackOutput, writeRows } from '@dilated-unet/stacks/node';
import { type ResultOption, startResult } from './results/index.ts';
import type { ResultOptions, ResultRun } from './results/result.ts';
import { resultRows } from './results/rows.ts';
import type { SectionRows } from './segment-stack.ts';

/** Probability maps in order of z: rows as `segmentRows` gives them, or whole ones of `segmentStack` or an array. */
export type ProbabilitySections = AsyncIterable<Probabilities> | Iterable<Probabilities>;
type Probabilities = SectionRows | GreyImage<Float32Array>;

export interface WriteResultOptions extends ResultOptions {
  /**
   * What is written: `mask`, uint8, 255 where the probability of interior is above the threshold and 0 elsewhere;
   * `probabilities`; or `instances`, uint32, the cells of each section by themselves (see `cellInstances` of core), whose ids go
   * on from section to section, so that no two of a stack have one.
   * @default 'mask'
   */
  readonly result?: ResultOption | undefined;
  /**
   * Number of sections where it is known: the file then is a classic TIFF (up to 4 GiB), which more programs read, and
   * another number of sections is an error. Without it the file is a BigTIFF.
   */
  readonly depth?: number | undefined;
  /** Size of a pixel, nanometres, such as a source's `pixelSize`: a TIFF keeps it as ImageJ does, an OME-Zarr as its scale. @default not known */
  readonly pixelSize?: PixelSize | undefined;
}

const NAMES: Readonly<Record<keyof WriteResultOptions, true>> = {
  result: true,
  depth: true,
  pixelSize: true,
  dtype: true,
  threshold: true,
  seeds: true,
  seedHeight: true,
  minSize: true,
};

/**
 * Writes what was segmented. A path that ends in `.tif` or `.tiff` gives a multi-page TIFF (Deflate); `.zarr` an OME-Zarr 0.5,
 * masks and instances as a label image; `.png` a PNG, which holds one section; a path that ends in `/` or is an empty folder
 * gives a folder of PNG sections. PNG holds whole numbers: no float32, and instances as 16 bits where no id is above 65535.
 *
 * What comes is written as it comes: of rows, no section is ever whole in memory, unless cells are made of it. The output appears under its name when it is
 * whole; after an error, nothing is left and an older file or OME-Zarr of that name stays.
 *
 * @returns the number of sections written
 * @throws InvalidOptionError for a name or an option that is not possible or known, or is of another result; InvalidImageError when
 * sections differ in size or there is none (a PNG: not one), or a PNG has no room for an id; EnvironmentError when the disk is
 * full or not writable; and what `sections` throws.
 */
export async function writeResult(
  path: string,
  sections: ProbabilitySections,
  given: WriteResultOptions = {},
): Promise<number> {
  requireOptionNames(given, Object.keys(NAMES));
  const { result = 'mask', depth, pixelSize, ...options } = given;
  const run = startResult(result, options);
  await outputFor(path, run);
  const rows = inRows(sections);
  try {
    const first = await rows.next();
    if (first.done === true) {
      throw new InvalidImageError(`There is no section to write to ${path}. Pass at least one.`);
    }
    const { width, sectionHeight: height } = first.value;
    const same = sameSize(first.value, rows);
    return await writeRows(path, written(run, same), { width, height, depth, pixelSize, labels: run.labels });
  } finally {
    await rows.return();
  }
}

async function* inRows(sections: ProbabilitySections): AsyncGenerator<SectionRows, void, undefined> {
  let z = 0;
  for await (const part of sections) {
    const rows = 'sectionHeight' in part ? { ...part, z } : { ...part, z, y: 0, sectionHeight: part.height };
    yield rows;
    if (rows.y + rows.height === rows.sectionHeight) z++;
  }
}

/** `first`, and `others`. @throws InvalidImageError when their sections are not of its size. */
async function* sameSize(
  first: SectionRows,
  others: AsyncIterable<SectionRows>,
): AsyncGenerator<SectionRows, void, undefined> {
  yield first;
  for await (const rows of others) {
    const { z, width, sectionHeight } = rows;
    if (width !== first.width || sectionHeight !== first.sectionHeight) {
      throw new InvalidImageError(
        `Section ${z + 1} has ${width} x ${sectionHeight} pixels, the first ${first.width} x ${first.sectionHeight}. Give all one size.`,
      );
    }
    yield rows;
  }
}

async function* written(run: ResultRun, rows: AsyncIterable<SectionRows>): AsyncGenerator<StoredRows, void, undefined> {
  let z = 0;
  for await (const { y, isLast, ...made } of resultRows(run, rows)) {
    yield { z, y, data: (run.inOrder?.(made, isLast) ?? made).data };
    if (isLast) z++;
  }
}

/**
 * The form in which `run` is written at `path`.
 *
 * @param option how the message names the path.
 * @throws InvalidOptionError when the name is that of none, or of one that does not hold it.
 */
export async function outputFor(path: string, { dtype }: ResultRun, option = 'path'): Promise<StackOutput> {
  const output = await stackOutput(path, option);
  if (output.dtypes.includes(dtype)) return output;
  const rule =
    `must end in .tif, .tiff or .zarr for probabilities: PNG holds whole numbers and would round ${dtype}; ` +
    'or choose uint8 or uint16 with `dtype`';
  throw new InvalidOptionError(option, rule, path);
}
