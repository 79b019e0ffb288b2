import { section, type GreyImage } from '@dilated-unet/core';
import { createCutter, type Batch, type Needed, type Sampler, type SamplerOptions } from './sampler.ts';
import { openStreamed } from './streamed/sections.ts';
import type { Part, TrainedSections } from './window-source.ts';

/** A sampler of stacks wherever they are. */
export interface OpenedSampler extends Pick<Sampler, 'shares'> {
  /** As `Sampler.batch`; what is not in memory is read for it. */
  batch(step: number): Promise<Batch>;
  /** Closes the files. */
  close(): Promise<void>;
}

/**
 * The sampler of `createSampler` for stacks that are in memory, or stay in their files: the same windows. Of files only what a window is
 * made of is read.
 *
 * @throws as `createSampler`, and where a file cannot be opened; `batch` throws InvalidImageError where one cannot be read.
 */
export async function openSampler(options: SamplerOptions<TrainedSections>): Promise<OpenedSampler> {
  const { shares, cut } = createCutter(options);
  const readers = await Promise.all(options.stacks.map(({ train }) => openReader(train)));
  return {
    shares,
    async batch(step) {
      const work = cut(step);
      let next = work.next();
      while (next.done !== true) {
        const reader = readers[next.value.stack] as PartReader;
        next = work.next(await reader.read(next.value));
      }
      return next.value;
    },
    async close() {
      for (const { close } of readers) await close?.();
    },
  };
}

/** Gives parts of the sections of a stack. */
interface PartReader {
  readonly read: (needed: Needed) => Promise<Part>;
  readonly close?: () => Promise<void>;
}

async function openReader(train: TrainedSections): Promise<PartReader> {
  if (!('files' in train)) {
    const { images, labels } = train;
    return { read: ({ z }) => Promise.resolve({ image: section(images, z), labels: section(labels, z) }) };
  }
  const { images, labels, close } = await openStreamed(train.files);
  const { width, height } = train.files.size;
  return {
    async read({ z, region, labelsOnly = false }) {
      const place = train.places[z] as number;
      const [ofLabels, image = ofLabels] = await Promise.all([
        labels.read(place, region) as Promise<GreyImage<Uint8Array>>,
        labelsOnly ? undefined : images.read(place, region),
      ]);
      return { image, labels: ofLabels, of: { x: region.x, y: region.y, width, height } };
    },
    close,
  };
}
