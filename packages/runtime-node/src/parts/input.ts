import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import type { StackSelection, StackSource } from '@dilated-unet/stacks';
import { isUrl, placeText, stackFiles } from '@dilated-unet/stacks/node';
import { queryHash } from './address-query.ts';
import type { InputFacts } from './plan.ts';

/** By what the stack at `input` is known: what is changed, or is no longer there, has other facts. */
export async function inputFacts(
  input: string,
  { shape, dtype }: Pick<StackSource, 'shape' | 'dtype'>,
  selection: StackSelection,
): Promise<InputFacts> {
  // As it is read back from a file: what was not given is not there.
  const given = JSON.parse(JSON.stringify(selection)) as Readonly<Record<string, unknown>>;
  const query = isUrl(input) ? queryHash(input) : undefined;
  return {
    shape,
    dtype,
    selection: given,
    address: isUrl(input) ? placeText(input) : null,
    ...(query !== undefined && { query }),
    files: await filesHash(input),
  };
}

/** How many files are asked for at once: of each, what is asked takes kilobytes, and a stack may have millions. */
const AT_ONCE = 256;

/** SHA-256, hexadecimal, over name, size and time of each file of the stack at `input`. */
export async function filesHash(input: string): Promise<string> {
  const files = await stackFiles(input);
  const hash = createHash('sha256');
  for (let i = 0; i < files.length; i += AT_ONCE) {
    const facts = await Promise.all(
      files.slice(i, i + AT_ONCE).map(async (file) => {
        const { size, mtimeMs } = await stat(file).catch(() => ({ size: -1, mtimeMs: 0 }));
        // Machines that share a file system may show fractions of a millisecond or not.
        return `${relative(dirname(input), file)}\0${size}\0${Math.floor(mtimeMs)}\n`;
      }),
    );
    hash.update(facts.join(''));
  }
  return hash.digest('hex');
}
