import type { Normalisation, Size } from '@dilated-unet/core';
import { resampledSource, type LabelReading, type StackSource } from '@dilated-unet/stacks';
import { labelSource, listedSections, openLabels, openStack, resampledLabels } from '@dilated-unet/stacks/node';
import type { StackConfig } from '../../config/stacks.ts';
import type { CountedTable } from '../counted-rows.ts';
import { finiteSource } from './finite-source.ts';

/** Where a stack lies and how it is read: all that another thread needs to read it too. */
export interface StreamedFiles extends Pick<StackConfig, 'images' | 'labels' | 'ignoreMask' | 'select'> {
  readonly ignore?: number | undefined;
  readonly ignoreSections?: string | undefined;
  /** Null: of the labels nothing is read but where they count. */
  readonly reading: LabelReading | null;
  /** Sides of the sections at the pixels of the training. */
  readonly size: Size;
}

/** Sections that are trained on and stay in their files: a window is read when it is cut. */
export interface StreamedSections {
  readonly files: StreamedFiles;
  /** Where the sections lie in the stack, from 0. */
  readonly places: readonly number[];
  /** Where windows begin that have a pixel that counts, of these sections; null where every pixel of them counts. */
  readonly positions: CountedTable | null;
  /** Of each section, where sections are normalised by themselves. */
  readonly normalisations: readonly Normalisation[] | null;
}

/** A stack whose parts are read, at the pixels of the training. */
export interface OpenedStack {
  readonly images: StackSource;
  /** 1 interior, 0 membrane, `IGNORED` where they do not count. */
  readonly labels: StackSource;
  readonly close: () => Promise<void>;
}

/**
 * Most bytes that a read of a streamed stack may take; a fourth of it are the chunks of an OME-Zarr that are kept, of images and of
 * labels each.
 */
const READ_BYTES = 2 ** 30;

/** A stack as it is stored. */
export interface StoredStack {
  readonly images: StackSource;
  readonly labels: StackSource;
  readonly mask?: StackSource;
  close(): Promise<void>;
}

/** Opens the stored images, labels and mask of a stack. @throws as `openStack`. */
export async function openFiles(
  { images, labels, ignoreMask, select }: Pick<StreamedFiles, 'images' | 'labels' | 'ignoreMask' | 'select'>,
  onNote?: (note: string) => void,
): Promise<StoredStack> {
  const options = { maxBytes: READ_BYTES, onNote };
  const opened = {
    images: await openStack(images, { ...select, ...options }),
    labels: await openLabels(labels, { level: select?.level, ...options }),
    ...(ignoreMask !== undefined && { mask: await openLabels(ignoreMask, { level: select?.level, ...options }) }),
  };
  return {
    ...opened,
    async close() {
      for (const source of Object.values(opened)) await source.close?.();
    },
  };
}

/** Opens a stack as a training sees it. @throws as `openStack`; what reading throws, as `labelSource`. */
export async function openStreamed(
  files: StreamedFiles,
  onIgnored?: (by: 'ignore' | 'ignoreMask') => void,
): Promise<OpenedStack> {
  const stored = await openFiles(files);
  const [depth] = stored.labels.shape;
  const labels = labelSource(stored.labels, files.reading, files.labels, {
    ignore: files.ignore,
    mask: stored.mask,
    ...(files.ignoreSections !== undefined && {
      sections: listedSections('ignoreSections', files.ignoreSections, depth),
    }),
    onIgnored,
  });
  const images = resampledSource(finiteSource(stored.images, files.images), files.size);
  const sized = resampledLabels(labels, files.size);
  return {
    images,
    labels: sized,
    async close() {
      await images.close?.();
      await sized.close?.();
    },
  };
}
