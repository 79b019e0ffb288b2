import { InvalidImageError } from '@dilated-unet/core';
import { sectionsText } from '@dilated-unet/stacks';
import { listedSections } from '@dilated-unet/stacks/node';
import type { CountedTable } from '../counted-rows.ts';
import type { StacksOptions } from '../stacks.ts';
import { countRows } from './count-rows.ts';
import { openStreamed, type StreamedFiles } from './sections.ts';

/** Where a stack is labelled. */
export interface LabelledPlaces {
  /** The sections in which a pixel counts, from 0. */
  readonly places: readonly number[];
  /** Where windows begin in some of them; null where every pixel of these counts. */
  readonly positionsIn: (places: readonly number[]) => CountedTable | null;
  /** How much of the labels counts, for the user. */
  readonly notes: readonly string[];
}

export interface LabelledPlacesOptions extends Pick<StacksOptions, 'window' | 'onLacking'> {
  readonly depth: number;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

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
  if (ignore === undefined && ignoreMask === undefined) {
    const left =
      ignoreSections === undefined ? new Set<number>() : listedSections('ignoreSections', ignoreSections, depth);
    const places = requireSome(
      all.filter((z) => !left.has(z)),
      name,
    );
    return { places, positionsIn: () => null, notes: noteOf(name, all, places, places.length / depth) };
  }
  const seen = new Set<'ignore' | 'ignoreMask'>();
  const opened = await openStreamed(files, (by) => void seen.add(by));
  const [, height, width] = opened.labels.shape;
  const rows = await countRows(opened.labels, window, onProgress).finally(() => opened.close());
  const lacking = lackingText(files, seen);
  if (lacking?.by === 'ignore' && onLacking !== undefined) onLacking(lacking.message);
  else if (lacking !== null) throw new InvalidImageError(lacking.message);
  const places = requireSome(
    all.filter((z) => rows.countedOf(z) > 0),
    name,
  );
  const counted = places.reduce((sum, z) => sum + rows.countedOf(z), 0);
  return {
    places,
    positionsIn: (some) => (some.every((z) => rows.countedOf(z) === height * width) ? null : rows.table(some)),
    notes: noteOf(name, all, places, counted / (depth * height * width)),
  };
}

function requireSome(places: readonly number[], name: string): readonly number[] {
  if (places.length > 0) return places;
  throw new InvalidImageError(
    `${name}: every pixel is ignored, so that nothing is left to train on. Name what marks the pixels that nobody labelled, and ` +
      'nothing else (`ignore`, `ignoreMask`, `ignoreSections`).',
  );
}

/** What was to be ignored and is nowhere. */
function lackingText(
  { labels, ignore, ignoreMask }: StreamedFiles,
  seen: ReadonlySet<'ignore' | 'ignoreMask'>,
): { readonly by: 'ignore' | 'ignoreMask'; readonly message: string } | null {
  if (ignore !== undefined && !seen.has('ignore')) {
    const message =
      `${labels}: no pixel has the value ${ignore}, which is to be ignored. Name the value of the pixels that are not labelled, or ` +
      'leave `ignore` out.';
    return { by: 'ignore', message };
  }
  if (ignoreMask === undefined || seen.has('ignoreMask')) return null;
  const message =
    `${ignoreMask}: no pixel is above 0, so that the mask ignores nothing. Is it the right file? If every pixel counts, leave ` +
    '`ignoreMask` out.';
  return { by: 'ignoreMask', message };
}

function noteOf(name: string, all: readonly number[], places: readonly number[], share: number): readonly string[] {
  if (share === 1) return [];
  const labelled = new Set(places);
  const passed = all.filter((z) => !labelled.has(z));
  const text = `${name}: ${(100 * share).toPrecision(3)}% of the pixels count`;
  if (passed.length === 0) return [`${text}.`];
  const [have, are] = passed.length === 1 ? ['has', 'is'] : ['have', 'are'];
  return [`${text}; ${sectionsText(passed)} ${have} none, and ${are} passed over.`];
}
