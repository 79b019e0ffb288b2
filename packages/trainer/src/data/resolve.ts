import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InvalidOptionError } from '@dilated-unet/core';

const IMAGES = 'train-volume.tif';
const LABELS = 'train-labels.tif';
const TEST = 'test-volume.tif';

/** Where the user says that the stacks are; relative paths are resolved against `cwd`. */
export interface DatasetLocation {
  /** Folder with train-volume.tif, train-labels.tif and, optionally, test-volume.tif. */
  readonly data?: string;
  /** The sections: a TIFF file, or a folder with train-volume.tif and, optionally, test-volume.tif. */
  readonly imagePath?: string;
  /** Their labels: a TIFF file, or a folder with train-labels.tif. */
  readonly maskPath?: string;
  /** Absolute path. */
  readonly cwd: string;
}

/** Absolute paths of files that exist. */
export interface ResolvedDataset {
  readonly images: string;
  readonly labels: string;
  readonly test?: string;
}

/**
 * Finds the stacks that `--data`, or `--image_path` and `--mask_path`, name. The files are not read.
 *
 * @throws InvalidOptionError naming the flag and the file that was looked for.
 */
export async function resolveDataset({ data, imagePath, maskPath, cwd }: DatasetLocation): Promise<ResolvedDataset> {
  if (data !== undefined) {
    if (imagePath !== undefined || maskPath !== undefined) {
      throw new InvalidOptionError('--data', 'must be alone: leave out --image_path and --mask_path', data);
    }
    const folder = resolve(cwd, data);
    if ((await kindOf(folder)) === 'file') {
      throw new InvalidOptionError(
        '--data',
        `must be a folder with ${IMAGES} and ${LABELS}; for single files use --image_path and --mask_path`,
        folder,
      );
    }
    return withTest(await find('--data', folder, IMAGES), await find('--data', folder, LABELS), folder);
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
    await find('--image_path', images, IMAGES),
    await find('--mask_path', resolve(cwd, maskPath), LABELS),
    images,
  );
}

/** `path` where it is a file, else the file `name` in it. */
async function find(flag: string, path: string, name: string): Promise<string> {
  const kind = await kindOf(path);
  if (kind === 'file') return path;
  if (kind === null) throw new InvalidOptionError(flag, 'must be the path of a file or folder that exists', path);
  const file = join(path, name);
  if ((await kindOf(file)) === 'file') return file;
  throw new InvalidOptionError(flag, `must have ${name}; there is no ${file}`, path);
}

async function withTest(images: string, labels: string, folder: string): Promise<ResolvedDataset> {
  const test = join(folder, TEST);
  return (await kindOf(test)) === 'file' ? { images, labels, test } : { images, labels };
}

async function kindOf(path: string): Promise<'file' | 'folder' | null> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch {
    return null;
  }
}
