import { InvalidImageError, InvalidOptionError, type GreyStack } from '@dilated-unet/core';
import { requireFinite } from '../checks.ts';
import { listedSections } from './section-list.ts';

/** A stack of the size of labels, and how messages name it, such as its path. */
export interface IgnoreMask {
  readonly stack: GreyStack;
  readonly name: string;
}

/** Which pixels of labels neither a loss nor a score counts: all that one of these names. */
export interface IgnoreRules<Mask = IgnoreMask> {
  /** Those with this value in the file of the labels. @default none */
  readonly ignore?: number | undefined;
  /** Those that are above 0 in this stack, of the labels' size. @default none */
  readonly ignoreMask?: Mask | undefined;
  /** Those of these sections: numbers from 1 and ranges of them, for example `2,5-9`. @default none */
  readonly ignoreSections?: string | undefined;
}

/** What is done where no pixel has the value to ignore. */
export interface LackingValue {
  /** Is told it, in place of an error. @default it is an error */
  readonly onLacking?: ((message: string) => void) | undefined;
}

/** How many of the values found are named in a message. */
const NAMED_VALUES = 5;

/**
 * 1 at the pixels that do not count, 0 elsewhere; null where no rule is given, so that every pixel counts.
 *
 * @param labels as they are stored. @param name how messages name them, such as their path.
 * @throws InvalidImageError when the value to ignore occurs nowhere, the mask has another size or ignores nothing, or no pixel is
 *   left; InvalidOptionError when a section is named that is not there.
 */
export function ignoredPixels(
  labels: GreyStack,
  name: string,
  rules: IgnoreRules,
  lacking: LackingValue = {},
): Uint8Array | null {
  const { ignore, ignoreMask, ignoreSections } = rules;
  if (ignore === undefined && ignoreMask === undefined && ignoreSections === undefined) return null;
  const ignored = new Uint8Array(labels.data.length);
  if (ignore !== undefined) ignoreValue(ignored, labels, name, { ignore, ...lacking });
  if (ignoreMask !== undefined) ignoreMasked(ignored, labels, name, ignoreMask);
  if (ignoreSections !== undefined) {
    const size = labels.width * labels.height;
    for (const z of listedSections('ignoreSections', ignoreSections, labels.depth)) {
      ignored.fill(1, z * size, (z + 1) * size);
    }
  }
  // Labels without the value are as if it had not been named.
  if (!ignored.includes(1)) return null;
  if (ignored.includes(0)) return ignored;
  throw new InvalidImageError(
    `${name}: every pixel is ignored, so that nothing is left to train on or to score. ${adviceFor(rules)}`,
  );
}

function ignoreValue(
  ignored: Uint8Array,
  { data }: GreyStack,
  name: string,
  { ignore, onLacking }: LackingValue & { readonly ignore: number },
): void {
  if (!Number.isFinite(ignore)) throw new InvalidOptionError('ignore', 'must be a number', ignore);
  // As the file has it.
  const value = data instanceof Float32Array ? Math.fround(ignore) : ignore;
  let isThere = false;
  const values = new Set<number>();
  for (let i = 0; i < data.length; i++) {
    if (data[i] === value) {
      ignored[i] = 1;
      isThere = true;
    } else if (values.size <= NAMED_VALUES) values.add(data[i] as number);
  }
  if (isThere) return;
  const named = [...values].sort((a, b) => a - b).slice(0, NAMED_VALUES);
  const message =
    `${name}: no pixel has the value ${ignore}, which is to be ignored; found ${named.join(', ')}` +
    `${values.size > NAMED_VALUES ? ' and more' : ''}. Name the value of the pixels that are not labelled, or leave ` +
    '`ignore` out.';
  if (onLacking === undefined) throw new InvalidImageError(message);
  onLacking(message);
}

function ignoreMasked(
  ignored: Uint8Array,
  labels: GreyStack,
  name: string,
  { stack: mask, name: maskName }: IgnoreMask,
): void {
  const size = ({ width, height, depth }: GreyStack): string =>
    `${depth} section${depth === 1 ? '' : 's'} of ${width} x ${height} pixels`;
  if (size(mask) !== size(labels)) {
    throw new InvalidImageError(
      `${maskName}: a mask must have the size of the labels: it has ${size(mask)}, and ${name} has ${size(labels)}. Name the ` +
        'files that belong together.',
    );
  }
  requireFinite(mask, maskName);
  let isThere = false;
  for (let i = 0; i < ignored.length; i++) {
    if (!((mask.data[i] as number) > 0)) continue;
    ignored[i] = 1;
    isThere = true;
  }
  if (isThere) return;
  throw new InvalidImageError(
    `${maskName}: no pixel is above 0, so that the mask ignores nothing. Is it the right file? If every pixel counts, leave ` +
      '`ignoreMask` out.',
  );
}

function adviceFor({ ignore, ignoreMask }: IgnoreRules): string {
  if (ignoreMask !== undefined) {
    return `In ${ignoreMask.name}, 0 must stand where pixels count: exchange its values if it is the other way.`;
  }
  return ignore === undefined
    ? 'Name the sections that are not labelled alone (`ignoreSections`).'
    : 'Name the file that has the labels, or another value (`ignore`).';
}
