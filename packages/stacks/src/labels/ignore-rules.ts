import { InvalidImageError, InvalidOptionError, type GreyStack } from '@dilated-unet/core';
import { requireFinite } from '../checks.ts';
import { allIgnoredText, emptyMaskText, lackingValueText, maskSizeText } from './ignore-text.ts';
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
  // Labels without the value may be told of, and none of their pixels is ignored.
  if (!ignored.includes(1)) return null;
  if (ignored.includes(0)) return ignored;
  throw new InvalidImageError(allIgnoredText(name, { ignore, ignoreMask: ignoreMask?.name }));
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
  const found = `found ${named.join(', ')}${values.size > NAMED_VALUES ? ' and more' : ''}`;
  const message = lackingValueText(name, ignore, found);
  if (onLacking === undefined) throw new InvalidImageError(message);
  onLacking(message);
}

function ignoreMasked(
  ignored: Uint8Array,
  labels: GreyStack,
  name: string,
  { stack: mask, name: maskName }: IgnoreMask,
): void {
  const message = maskSizeText(mask, maskName, labels, name);
  if (message !== null) throw new InvalidImageError(message);
  requireFinite(mask, maskName);
  let isThere = false;
  for (let i = 0; i < ignored.length; i++) {
    if (!((mask.data[i] as number) > 0)) continue;
    ignored[i] = 1;
    isThere = true;
  }
  if (isThere) return;
  throw new InvalidImageError(emptyMaskText(maskName));
}
