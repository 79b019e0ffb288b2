import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InvalidOptionError } from '@dilated-unet/core';
import { stackFiles } from '@dilated-unet/stacks/node';
import type { DataPaths } from './settings.ts';

const [IMAGES, LABELS, TEST] = ['train-volume', 'train-labels', 'test-volume'];
/** What follows these names: nothing where the stack is a folder of sections. */
const ENDINGS = ['.tif', '.tiff', ''];

/** Where the user says that the stacks are; relative paths are resolved against `cwd`. */
export interface DatasetLocation {
  /**
   * Folder with the stacks train-volume, train-labels and, optionally, test-volume: each a `.tif`, a `.tiff` or a folder
   * of sections.
   */
  readonly data?: string;
  /** The sections: any stack, or a folder with train-volume and, optionally, test-volume. */
  readonly imagePath?: string;
  /** Their labels: any stack, or a folder with train-labels. */
  readonly maskPath?: string;
  /** Absolute path. */
  readonly cwd: string;
}

/**
 * Finds the stacks that `--data`, or `--image_path` and `--mask_path`, name. They are not read.
 *
 * @throws InvalidOptionError naming the flag and the file that was looked for.
 */
export async function resolveDataset({ data, imagePath, maskPath, cwd }: DatasetLocation): Promise<DataPaths> {
  if (data !== undefined) {
    if (imagePath !== undefined || maskPath !== undefined) {
      throw new InvalidOptionError('--data', 'must be alone: leave out --image_path and --mask_path', data);
    }
    const folder = resolve(cwd, data);
    if (!(await isFolder(folder)) && (await stackFiles(folder)).length > 0) {
      throw new InvalidOptionError(
        '--data',
        `must be a folder with ${IMAGES} and ${LABELS}; for single stacks use --image_path and --mask_path`,
        folder,
      );
    }
    return withTest(await find('--data', folder, IMAGES, false), await find('--data', folder, LABELS, false), folder);
  }
  if (imagePath === undefined || maskPath === undefined) {
    throw new InvalidOptionError(
      imagePath === undefined ? '--image_path' : '--mask_path',
      'must be given: --image_path and --mask_path go together (or use --data DIR)',
      undefined,
    );
  }
  const images = resolve(cwd, imagePath);
  return withTest(
    await find('--image_path', images, IMAGES, true),
    await find('--mask_path', resolve(cwd, maskPath), LABELS, true),
    images,
  );
}

/** The stack `name` in the folder `path`, else, where that is allowed, the stack that `path` is itself. */
async function find(flag: string, path: string, name: string, itself: boolean): Promise<string> {
  const inside = await stackIn(path, name);
  if (inside !== undefined) return inside;
  if (itself && (await stackFiles(path)).length > 0) return path;
  if (await isFolder(path)) {
    const rule = `must have ${name}.tif${itself ? ' or sections (.png, .tif)' : ''}; there is no ${join(path, name)}.tif`;
    throw new InvalidOptionError(flag, rule, path);
  }
  throw new InvalidOptionError(flag, 'must be the path of a file or folder that exists', path);
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
