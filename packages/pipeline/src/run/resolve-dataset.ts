import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidOptionError } from '@dilated-unet/core';
import type { StackSelection } from '@dilated-unet/stacks';
import { isUrl, labelsIn, stackFiles, stackPath } from '@dilated-unet/stacks/node';
import type { DataPaths } from './settings.ts';

/** Name of the sections in a folder of stacks. */
export const IMAGES = 'train-volume';
const [LABELS, TEST] = ['train-labels', 'test-volume'];
/** What follows these names: nothing where the stack is a folder of sections. */
const ENDINGS = ['.tif', '.tiff', '.zarr', '.ome.zarr', ''];

/** Where the user says that the stacks are; relative paths are resolved against `cwd`. */
export interface DatasetLocation extends StackSelection {
  /**
   * Folder with the stacks train-volume, train-labels and, optionally, test-volume: each a `.tif`, a `.tiff`, a `.zarr`
   * or a folder of sections.
   */
  readonly data?: string | undefined;
  /** The sections: any stack, or a folder with train-volume and, optionally, test-volume. */
  readonly imagePath?: string | undefined;
  /** Their labels: any stack, or a folder with train-labels. */
  readonly maskPath?: string | undefined;
  /** Their labels are those of this name in the OME-Zarr that the sections are; in place of `maskPath` and of train-labels. */
  readonly labelName?: string | undefined;
  /** A stack of the labels' size, whose pixels above 0 do not count. */
  readonly ignoreMask?: string | undefined;
  /** Absolute path. */
  readonly cwd: string;
}

/**
 * Finds the stacks that `data`, or `imagePath` and `maskPath`, name. They are not read.
 *
 * @throws InvalidOptionError naming the field and the file that was looked for.
 */
export async function resolveDataset({
  image,
  channel,
  time,
  level,
  ignoreMask,
  ...location
}: DatasetLocation): Promise<DataPaths> {
  const paths = {
    ...(await resolvePaths({ ...location, image })),
    ...(ignoreMask !== undefined && { ignoreMask: await maskPath(stackPath(location.cwd, ignoreMask)) }),
  };
  const chosen = Object.entries({ image, channel, time, level }).filter(([, number]) => number !== undefined);
  for (const [field, number] of chosen) {
    const least = field === 'level' ? 0 : 1;
    if ((number as number) < least) throw new InvalidOptionError(field, `must be at least ${least}`, number);
  }
  return chosen.length === 0 ? paths : { ...paths, select: Object.fromEntries(chosen) };
}

async function resolvePaths({
  data,
  imagePath,
  maskPath,
  labelName,
  image,
  cwd,
}: Omit<DatasetLocation, 'channel' | 'time' | 'level' | 'ignoreMask'>): Promise<DataPaths> {
  if (labelName !== undefined && maskPath !== undefined) {
    throw new InvalidOptionError('labelName', 'must be left out where `maskPath` names the labels', labelName);
  }
  if (data !== undefined) {
    if (imagePath !== undefined || maskPath !== undefined) {
      throw new InvalidOptionError('data', 'must be alone: leave out `imagePath` and `maskPath`', data);
    }
    const folder = stackPath(cwd, data);
    if (!(await isFolder(folder)) && (await stackFiles(folder)).length > 0) {
      throw new InvalidOptionError(
        'data',
        `must be a folder with ${IMAGES} and ${LABELS}; for single stacks use \`imagePath\` and \`maskPath\``,
        folder,
      );
    }
    const images = await find('data', folder, IMAGES, false);
    const labels =
      labelName === undefined
        ? await find('data', folder, LABELS, false)
        : await labelsIn(images, labelName, { image });
    return withTest(images, labels, folder);
  }
  if (imagePath !== undefined && labelName !== undefined) {
    const path = stackPath(cwd, imagePath);
    const images = await find('imagePath', path, IMAGES, true);
    return withTest(images, await labelsIn(images, labelName, { image }), path);
  }
  if (imagePath === undefined || maskPath === undefined) {
    throw new InvalidOptionError(
      imagePath === undefined ? 'imagePath' : 'maskPath',
      'must be given: `imagePath` and `maskPath` go together (or use `data`)',
      undefined,
    );
  }
  const images = stackPath(cwd, imagePath);
  return withTest(
    await find('imagePath', images, IMAGES, true),
    await find('maskPath', stackPath(cwd, maskPath), LABELS, true),
    images,
  );
}

/** As `resolveDataset`; null where no stack is named. */
export async function namedStack(location: DatasetLocation): Promise<DataPaths | null> {
  const { data, imagePath, maskPath } = location;
  if ((data ?? imagePath ?? maskPath) !== undefined) return resolveDataset(location);
  for (const field of ['image', 'channel', 'time', 'level'] as const) {
    if (location[field] === undefined) continue;
    throw new InvalidOptionError(field, 'needs `data`: the phantom has one image', location[field]);
  }
  const { ignoreMask, labelName } = location;
  if (labelName !== undefined) {
    throw new InvalidOptionError('labelName', 'needs `data` or `imagePath`: an OME-Zarr with labels', labelName);
  }
  if (ignoreMask !== undefined) {
    throw new InvalidOptionError('ignoreMask', 'needs `data`: every pixel of the phantom is labelled', ignoreMask);
  }
  return null;
}

async function maskPath(path: string): Promise<string> {
  if (isUrl(path) || (await stackFiles(path)).length > 0) return path;
  throw new InvalidOptionError('ignoreMask', 'must be the path of a stack that exists', path);
}

/** The stack `name` in the folder `path`, else, where that is allowed, the stack that `path` is itself. */
async function find(field: keyof DatasetLocation, path: string, name: string, itself: boolean): Promise<string> {
  if (itself && isUrl(path)) return path;
  const inside = await stackIn(path, name);
  if (inside !== undefined) return inside;
  if (itself && (await stackFiles(path)).length > 0) return path;
  // Whoever opens it says what is the matter with what is there.
  if (await isFolder(join(path, name))) return join(path, name);
  if (await isFolder(path)) {
    const rule = `must have ${name}.tif${itself ? ' or sections (.png, .tif)' : ''}; there is no ${join(path, name)}.tif`;
    throw new InvalidOptionError(field, rule, path);
  }
  throw new InvalidOptionError(field, 'must be the path of a file or folder that exists', path);
}

async function withTest(images: string, labels: string, folder: string): Promise<DataPaths> {
  const test = await stackIn(folder, TEST);
  return test === undefined ? { images, labels } : { images, labels, test };
}

async function stackIn(folder: string, name: string): Promise<string | undefined> {
  if (!(await isFolder(folder))) return undefined;
  for (const ending of ENDINGS) {
    const path = join(folder, name + ending);
    if ((await stackFiles(path)).length > 0) return path;
  }
  return undefined;
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (status) => status.isDirectory(),
    () => false,
  );
}
