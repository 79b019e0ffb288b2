import { bandsOf, InvalidImageError } from '@dilated-unet/core';
import {
  allIgnoredText,
  countedText,
  emptyMaskText,
  lackingValueText,
  listedSections,
} from '@dilated-unet/stacks/node';
import type { CountedTable } from '../counted-rows.ts';
import type { StacksOptions } from '../stacks.ts';
import { countRows } from './count-rows.ts';
import { openStreamed, type StreamedFiles } from './sections.ts';

/** Where a stack is labelled. */
export interface LabelledPlaces {
  /** The sections in which a pixel counts, from 0. */
  readonly places: readonly number[];
  /** Whether a pixel does not count. */
  readonly isPartial: boolean;
  /** Where windows begin in some of them; null where every pixel of these counts. */
  readonly positionsIn: (places: readonly number[]) => CountedTable | null;
  /** How much of the labels counts, for the user. */
  readonly notes: readonly string[];
}

export interface LabelledPlacesOptions extends Pick<StacksOptions, 'window' | 'onLacking'> {
  readonly depth: number;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** By what a pixel was found to be ignored. */
type Seen = Set<'ignore' | 'ignoreMask'>;

/**
 * Reads where labels count, once, a band at a time; nothing where all do.
 *
 * @throws InvalidImageError when the value to ignore occurs nowhere, the mask ignores nothing, or no pixel is left;
 *   InvalidOptionError when a section is named that is not there.
 */
export async function labelledPlaces(
  files: StreamedFiles,
  { depth, window, onProgress, onLacking }: LabelledPlacesOptions,
): Promise<LabelledPlaces> {
  const { labels: name, ignore, ignoreMask, ignoreSections } = files;
  const all = Array.from({ length: depth }, (_, z) => z);
  const left =
    ignoreSections === undefined ? new Set<number>() : listedSections('ignoreSections', ignoreSections, depth);
  if (ignore === undefined && ignoreMask === undefined) {
    const places = requireSome(
      all.filter((z) => !left.has(z)),
      files,
    );
    return {
      ...{ places, isPartial: left.size > 0, positionsIn: () => null },
      notes: noteOf(name, all, places, places.length / depth),
    };
  }
  const seen: Seen = new Set();
  const opened = await openStreamed(files, (by) => void seen.add(by));
  const [, height, width] = opened.labels.shape;
  const rows = await countRows(opened.labels, window, onProgress).finally(() => opened.close());
  if (left.size > 0 && lackingText(files, seen) !== null) await lookInto(left, files, seen);
  const lacking = lackingText(files, seen);
  if (lacking?.by === 'ignore' && onLacking !== undefined) onLacking(lacking.message);
  else if (lacking !== null) throw new InvalidImageError(lacking.message);
  const places = requireSome(
    all.filter((z) => rows.countedOf(z) > 0),
    files,
  );
  const counted = places.reduce((sum, z) => sum + rows.countedOf(z), 0);
  return {
    places,
    isPartial: seen.size > 0 || left.size > 0,
    positionsIn: (some) => (some.every((z) => rows.countedOf(z) === height * width) ? null : rows.table(some)),
    notes: noteOf(name, all, places, counted / (depth * height * width)),
  };
}

/** Looks for what is to be ignored in sections that are left out too, until all of it is seen. */
async function lookInto(sections: ReadonlySet<number>, files: StreamedFiles, seen: Seen): Promise<void> {
  const { labels, close } = await openStreamed({ ...files, ignoreSections: undefined }, (by) => void seen.add(by));
  try {
    for (const z of sections) {
      for await (const _ of bandsOf(labels, z)) if (lackingText(files, seen) === null) return;
    }
  } finally {
    await close();
  }
}

function requireSome(places: readonly number[], { labels, ignore, ignoreMask }: StreamedFiles): readonly number[] {
  if (places.length > 0) return places;
  throw new InvalidImageError(allIgnoredText(labels, { ignore, ignoreMask }));
}

/** What was to be ignored and is nowhere. */
function lackingText(
  { labels, ignore, ignoreMask }: StreamedFiles,
  seen: Seen,
): { readonly by: 'ignore' | 'ignoreMask'; readonly message: string } | null {
  if (ignore !== undefined && !seen.has('ignore')) return { by: 'ignore', message: lackingValueText(labels, ignore) };
  if (ignoreMask === undefined || seen.has('ignoreMask')) return null;
  return { by: 'ignoreMask', message: emptyMaskText(ignoreMask) };
}

function noteOf(name: string, all: readonly number[], places: readonly number[], share: number): readonly string[] {
  if (share === 1) return [];
  const labelled = new Set(places);
  return [
    countedText(
      name,
      share,
      all.filter((z) => !labelled.has(z)),
    ),
  ];
}
