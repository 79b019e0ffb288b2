import { InvalidImageError, InvalidOptionError, type GreyStack } from '@dilated-unet/core';
import { requireFinite, sectionsText, sectionsWhere } from './checks.ts';
import { IGNORED, isIgnored } from './ignored.ts';
import { binaryLabels, type LabelKind } from './labels.ts';
import { listedSections } from './section-list.ts';

/** Which pixels of labels neither a loss nor a score counts: all that one of these names. */
export interface IgnoreRules<Mask = { readonly stack: GreyStack; readonly name: string }> {
  /** Those with this value in the file of the labels. @default none */
  readonly ignore?: number | undefined;
  /** Those that are above 0 in this stack, of the labels' size. @default none */
  readonly ignoreMask?: Mask | undefined;
  /** Those of these sections: numbers from 1 and ranges of them, for example `2,5-9`. @default none */
  readonly ignoreSections?: string | undefined;
}

/** How many of the values found are named in a message. */
const NAMED_VALUES = 5;

/**
 * Labels as `binaryLabels` gives them, 1 for cell interior and 0 for membrane, and `IGNORED` where they do not count. The pixels
 * that count have two values, as those of `binaryLabels`. Where 0 is ignored, as in files of napari and ilastik, in which it says
 * that nothing was labelled, the lower of the two takes its place.
 *
 * @param labels as they are stored. @param name how messages name them, such as their path.
 * @param kind what the other value than 0 stands for.
 * @throws InvalidImageError when the value to ignore occurs nowhere, the mask has another size or ignores nothing, no pixel is left,
 *   or those that are left have not two values; InvalidOptionError when a section is named that is not there.
 */
export function partialLabels(
  labels: GreyStack,
  name: string,
  kind: LabelKind,
  rules: IgnoreRules,
): GreyStack<Uint8Array<ArrayBuffer>> {
  const { ignore, ignoreMask, ignoreSections } = rules;
  if (ignore === undefined && ignoreMask === undefined && ignoreSections === undefined) {
    return binaryLabels(labels, name, kind);
  }
  requireFinite(labels, name);
  const ignored = new Uint8Array(labels.data.length);
  if (ignore !== undefined) ignoreValue(ignored, labels, name, ignore);
  if (ignoreMask !== undefined) ignoreMasked(ignored, labels, name, ignoreMask);
  if (ignoreSections !== undefined) {
    const size = labels.width * labels.height;
    for (const z of listedSections('ignoreSections', ignoreSections, labels.depth)) {
      ignored.fill(1, z * size, (z + 1) * size);
    }
  }
  if (!ignored.includes(0)) {
    throw new InvalidImageError(
      `${name}: every pixel is ignored, so that nothing is left to train on or to score. ${adviceFor(rules)}`,
    );
  }
  const left = binaryLabels(withoutIgnored(labels, ignored, kind, ignore), `${name} without what is ignored`, kind);
  for (let i = 0; i < ignored.length; i++) if (ignored[i] === 1) left.data[i] = IGNORED;
  return left;
}

/**
 * How much of partial labels counts, and which sections are passed over, for the user; nothing where every pixel counts.
 *
 * @param labels as `partialLabels` gives them. @param name how messages name them.
 */
export function ignoredNote(labels: GreyStack, name: string): readonly string[] {
  if (!labels.data.includes(IGNORED)) return [];
  let counted = 0;
  for (let i = 0; i < labels.data.length; i++) if (labels.data[i] !== IGNORED) counted++;
  const share = `${((100 * counted) / labels.data.length).toPrecision(3)}% of the pixels count`;
  const passed = sectionsWhere(labels, isIgnored);
  if (passed.length === 0) return [`${name}: ${share}.`];
  const [have, are] = passed.length === 1 ? ['has', 'is'] : ['have', 'are'];
  return [`${name}: ${share}; ${sectionsText(passed)} ${have} none, and ${are} passed over.`];
}

function ignoreValue(ignored: Uint8Array, { data }: GreyStack, name: string, ignore: number): void {
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
  throw new InvalidImageError(
    `${name}: no pixel has the value ${ignore}, which is to be ignored; found ${named.join(', ')}` +
      `${values.size > NAMED_VALUES ? ' and more' : ''}. Name the value of the pixels that are not labelled, or leave ` +
      '`ignore` out.',
  );
}

function ignoreMasked(
  ignored: Uint8Array,
  labels: GreyStack,
  name: string,
  { stack: mask, name: maskName }: { readonly stack: GreyStack; readonly name: string },
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

/** A copy in which pixels that are ignored have a value that others have too, so that none is left of theirs alone. */
function withoutIgnored(
  { width, height, depth, data }: GreyStack,
  ignored: Uint8Array,
  kind: LabelKind,
  ignore: number | undefined,
): GreyStack {
  let [least, isZeroThere] = [Infinity, false];
  for (let i = 0; i < data.length; i++) {
    if (ignored[i] === 1) continue;
    const value = data[i] as number;
    if (value === 0) isZeroThere = true;
    if (value < least) least = value;
  }
  const isRaised = ignore === 0 && !isZeroThere && (kind === 'interior' || kind === 'membrane');
  const filling = isZeroThere || isRaised ? 0 : least;
  const copy = data.slice();
  for (let i = 0; i < copy.length; i++) {
    if (ignored[i] === 1 || (isRaised && copy[i] === least)) copy[i] = filling;
  }
  return { width, height, depth, data: copy };
}
