import { InvalidImageError } from '@dilated-unet/core';
import type { OpenOptions } from '../../../options.ts';
import { selectOne } from '../../../select.ts';
import type { FolderPlace } from '../../format.ts';
import { damaged, isObject, joined, objects, shown, type JsonObject } from './json.ts';
import { readGroup, readNode, type ZarrGroup } from './node.ts';

/** An image of OME-Zarr: scales of one picture. */
export interface ZarrImage {
  readonly group: ZarrGroup;
  /** One of `multiscales`. */
  readonly multiscale: JsonObject;
  /** Of the group: `multiscales`, and what else is said of the image. */
  readonly ome: JsonObject;
}

/** More series than bioformats2raw writes of any file. */
const MOST_SERIES = 1000;

/**
 * The image of `group` that is meant, as OME-Zarr 0.5 says, or 0.4 and before: one of its own, of a well, a series of
 * bioformats2raw, or labels by their name.
 *
 * @throws InvalidImageError where there is none, or several and none is chosen, or a plate; InvalidOptionError where there is
 *   no such one.
 */
export async function selectZarrImage(folder: FolderPlace, group: ZarrGroup, options: OpenOptions): Promise<ZarrImage> {
  const ome = omeOf(group);
  if (ome['multiscales'] !== undefined) {
    const multiscales = objects(ome['multiscales']);
    if (multiscales === undefined || multiscales.length === 0) {
      throw damaged(named(group), `multiscales are ${shown(ome['multiscales'])}, not a list of images`);
    }
    const nameOf = ({ name }: JsonObject): string => (typeof name === 'string' ? name : 'without a name');
    return { group, ome, multiscale: selectOne(multiscales, nameOf, options, { of: 'folder' }) };
  }
  requireNoPlate(group, ome);
  const paths = await imagePaths(folder, group, ome, options);
  if (paths.length === 0) {
    throw new InvalidImageError(
      `${named(group)}: it is a group without an image: its attributes have no multiscales. Name the group or the array in it ` +
        'that is meant.',
    );
  }
  const path = selectOne(paths, (one) => one, options, { of: 'folder' });
  const { image: _, ...rest } = options;
  const inner = await readGroup(folder, joined(group.path, path), options);
  const innerOme = omeOf(inner);
  if (innerOme['multiscales'] === undefined) throw damaged(named(inner), 'its attributes have no multiscales');
  return selectZarrImage(folder, inner, rest);
}

/** What OME-Zarr says of a group: of its own in 0.5, among the other attributes before. */
function omeOf({ attributes }: ZarrGroup): JsonObject {
  return isObject(attributes['ome']) ? attributes['ome'] : attributes;
}

function requireNoPlate(group: ZarrGroup, ome: JsonObject): void {
  if (!isObject(ome['plate'])) return;
  const wells = pathsOf(ome['plate']['wells']);
  throw new InvalidImageError(
    `${named(group)}: it is a plate of ${wells.length} wells: ${wells.slice(0, 10).join(', ')}${wells.length > 10 ? ' ...' : ''}. ` +
      'Name the folder of one of them.',
  );
}

/** Paths in `group` of its images. */
async function imagePaths(
  folder: FolderPlace,
  group: ZarrGroup,
  ome: JsonObject,
  options: OpenOptions,
): Promise<readonly string[]> {
  if (isObject(ome['well'])) return pathsOf(ome['well']['images']);
  if (ome['bioformats2raw.layout'] !== undefined) return seriesOf(folder, group, options);
  return labelNames(group);
}

/** The labels that a group of labels has, by their names. */
export function labelNames(group: ZarrGroup): readonly string[] {
  const { labels } = omeOf(group);
  return Array.isArray(labels) ? labels.filter((name) => typeof name === 'string') : [];
}

/** Named by the group OME, or else 0, 1, 2 ... as many as there are. */
async function seriesOf(folder: FolderPlace, group: ZarrGroup, options: OpenOptions): Promise<readonly string[]> {
  const listed = await readNode(folder, joined(group.path, 'OME'), options);
  const series = listed?.kind === 'group' ? omeOf(listed.group)['series'] : undefined;
  if (Array.isArray(series)) return series.filter((path) => typeof path === 'string');
  const paths: string[] = [];
  while (paths.length < MOST_SERIES) {
    const path = String(paths.length);
    if ((await readNode(folder, joined(group.path, path), options)) === undefined) break;
    paths.push(path);
  }
  return paths;
}

function pathsOf(value: JsonObject[string]): readonly string[] {
  return (objects(value) ?? []).map(({ path }) => path).filter((path) => typeof path === 'string');
}

/** The group, for messages. */
function named({ path }: ZarrGroup): string {
  return path === '' ? 'its metadata' : path;
}
