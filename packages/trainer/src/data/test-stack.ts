import { InvalidImageError, InvalidOptionError } from '@dilated-unet/core';
import { requireFinite, type OpenOptions, type StackSelection } from '@dilated-unet/stacks';
import { openStack, readSizedStack, type SizedStack } from '@dilated-unet/stacks/node';
import { bytesOfSource, bytesText, MEMORY_LIMITS } from './streamed/decide.ts';

/** The stack at `path`, whole, whose grey values are finite. @throws as `readSizedStack`, and as `requireFinite` of stacks. */
export async function readGrey(
  path: string,
  options: StackSelection & Pick<OpenOptions, 'onNote'>,
): Promise<SizedStack> {
  const sized = await readSizedStack(path, options);
  requireFinite(sized.stack, path);
  return sized;
}

/** Rethrows what the test stack at `path` lacks of what is read of the images, with its name. */
const ofTest =
  (path: string) =>
  (error: unknown): never => {
    if (!(error instanceof InvalidOptionError)) throw error;
    const { option, message } = error;
    throw new InvalidImageError(
      `${path}: this stack is segmented after the training, and is read as the images are: \`${option}\`${message.slice(option.length)} ` +
        'Move it out of the folder of the training stacks, and segment it with the trained model.',
      { cause: error },
    );
  };

/** The stack without labels, which is held in memory. @throws InvalidImageError where it takes more than `mostBytes`. */
export async function readTest(
  path: string,
  options: StackSelection & Pick<OpenOptions, 'onNote'>,
  mostBytes: number = MEMORY_LIMITS.bytes,
): Promise<SizedStack> {
  const { onNote: _, ...select } = options;
  const source = await openStack(path, select).catch(ofTest(path));
  await source.close?.();
  const bytes = bytesOfSource(source);
  if (bytes > mostBytes) {
    throw new InvalidImageError(
      `${path}: this stack is segmented after the training, and takes ${bytesText(bytes)}, more than the ` +
        `${bytesText(mostBytes)} that are held in memory. Move it out of the folder of the training stacks, and segment ` +
        'it with the trained model, which reads it part by part.',
    );
  }
  return readGrey(path, options);
}
