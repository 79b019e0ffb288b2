import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { InvalidOptionError } from '@dilated-unet/core';
import { folderTaking } from '@dilated-unet/stacks/node';

/** `output` as an absolute path; a slash at its end, which says that it is a folder, is kept. */
export const resolvedOutput = (cwd: string, output: string): string =>
  output.endsWith('/') ? `${resolve(cwd, output)}/` : resolve(cwd, output);

/**
 * Checks that writing `output` leaves what is read as it is.
 *
 * @param model its file, or its folder, in which nothing may be written.
 * @param files of the input, and its folder.
 * @throws InvalidOptionError when one of them is `output` or lies in it.
 */
export async function requireKept(output: string, model: string, files: readonly string[]): Promise<void> {
  const [place, there] = await Promise.all([realPath(output), stat(output).catch(() => undefined)]);
  let isKept = !place.startsWith((await realPath(model)) + sep);
  for (const file of there === undefined ? [] : [model, ...files]) {
    const status = await stat(file).catch(() => undefined);
    const isSame = status !== undefined && there?.dev === status.dev && there.ino === status.ino;
    if (isSame || (await realPath(file)).startsWith(place + sep)) isKept = false;
  }
  if (isKept) return;
  throw new InvalidOptionError('output', 'must not be the input or the model, which would be lost', output);
}

/**
 * Checks that `output` would not become a part of the input: such an input changes under the run.
 *
 * @throws InvalidOptionError when it lies in the OME-Zarr of the input, or would be one of the sections of its folder.
 */
export async function requireBeside(output: string, input: string): Promise<void> {
  const folder = await folderTaking(input, output);
  if (folder === undefined) return;
  const beside = join(dirname(resolve(folder)), basename(output));
  throw new InvalidOptionError(
    'output',
    `must not be a part of the input, ${folder}; write it beside it, as ${beside}`,
    output,
  );
}

/** Without links and without a slash at its end, also of what is not there. */
const realPath = (path: string): Promise<string> => realpath(path).catch(() => resolve(path));
