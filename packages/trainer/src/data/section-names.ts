import { basename } from 'node:path';
import { sectionFiles } from '@dilated-unet/stacks/node';
import type { StackConfig } from '../config/stacks.ts';

/** Most files that a message names. */
const MOST = 3;

/**
 * By which names of their sections images and labels do not belong together, for the user: sections of folders are taken in the order of
 * their names, and one that is missing moves all that follow it. Null where names say nothing of it, as where one is a single file, or
 * where both are numbered in the same steps.
 */
export async function unlikeNames({ images, labels }: Pick<StackConfig, 'images' | 'labels'>): Promise<string | null> {
  const [ofImages, ofLabels] = [numbered(await sectionFiles(images)), numbered(await sectionFiles(labels))];
  if (ofImages === null || ofLabels === null) return null;
  if (stepsOf(ofImages) === stepsOf(ofLabels)) return null;
  const [noLabels, noImage] = [without(ofImages, ofLabels), without(ofLabels, ofImages)];
  if (noLabels === null && noImage === null) return null;
  return (
    'by their numbers, ' +
    [
      ...(noLabels === null ? [] : [`${noLabels} of the images has no labels`]),
      ...(noImage === null ? [] : [`${noImage} of the labels has no image`]),
    ].join(', and ')
  );
}

/** Where a number is passed over in the names of the sections at `path`, for the user; null where none is, or names say nothing of it. */
export async function gapIn(path: string): Promise<string | null> {
  const names = [...(numbered(await sectionFiles(path)) ?? [])];
  const step = Math.min(...names.slice(1).map(([number], k) => number - (names[k] as [number, string])[0]));
  const after = names.findIndex(([number], k) => number - (names[k - 1]?.[0] ?? number) > step);
  if (after < 0) return null;
  return `${names[after]?.[1]} follows ${names[after - 1]?.[1]}: is a section missing between them?`;
}

/** Names of sections by the number in them that is not the same in all; null where there is not one. */
function numbered(files: readonly string[]): ReadonlyMap<number, string> | null {
  const names = files.map((file) => basename(file));
  const numbers = names.map((name) => (name.match(/\d+/g) ?? []).map(Number));
  const [first = []] = numbers;
  if (numbers.some((own) => own.length !== first.length)) return null;
  const varying = first.flatMap((value, k) => (numbers.every((own) => own[k] === value) ? [] : [k]));
  const [place] = varying;
  if (place === undefined || varying.length > 1) return null;
  const found = new Map(names.map((name, z) => [(numbers[z] as number[])[place] as number, name]));
  return found.size === names.length ? found : null;
}

/** How far each number is from the first. */
function stepsOf(names: ReadonlyMap<number, string>): string {
  const numbers = [...names.keys()];
  return numbers.map((number) => number - (numbers[0] as number)).join();
}

/** Names of `some` whose numbers `others` have not; null where there are none. */
function without(some: ReadonlyMap<number, string>, others: ReadonlyMap<number, string>): string | null {
  const names = [...some].flatMap(([number, name]) => (others.has(number) ? [] : [name]));
  if (names.length === 0) return null;
  return names.length <= MOST
    ? names.join(', ')
    : `${names.slice(0, MOST).join(', ')} (and ${names.length - MOST} more)`;
}
