import { InvalidImageError, type GreyStack } from '@dilated-unet/core';
import { requireFinite } from '../checks.ts';
import { areEnough } from './correlation.ts';
import { firstValues, type CountedLabels } from './counted.ts';
import { IGNORED } from './ignored.ts';
import { firstNoId } from './instances.ts';
import type { LabelKind } from './kinds.ts';
import { labelPieces } from './pieces.ts';
import { bestOtherOrder, meanCorrelation } from './section-orders.ts';
import { labelShift } from './shift.ts';
import { bestTurn } from './turns.ts';

/** Values that are told apart; more are ids, or no labels. */
const TOLD_APART = 4;
/**
 * Correlation from which on the brighter value is known. Interior: the bound of `labelWarnings`, below which labels say nothing of
 * their images. Painted membranes are the exception, so that more is asked for: labels of unrelated tissue reach 0.09 in
 * pieces of 64 x 64 x 4 pixels.
 */
const LEAST = { interior: 0.1, membrane: 0.2 } as const;
/**
 * Correlation above which labels are taken as lying in another order or place: unrelated ones reach 0.13 somewhere in sections of
 * 64 x 64 pixels, and 0.06 in those of 128 x 128.
 */
const ELSEWHERE = 0.25;
/** Share of the pixels that membrane takes at most; a fifth in ISBI-2012, and less than half where it is thickest. */
const MOST_MEMBRANE = { of0: 2 / 3, ofOther: 1 / 2 } as const;
/** Fewer ids may be classes, such as membrane, mitochondria and the rest. */
const LEAST_IDS = 6;
/** Pieces in which an id lies in a section, in the median. */
const PIECES = 1;

/** What labels stand for, and by what it is seen. */
export interface AutoKind {
  readonly kind: LabelKind;
  /** For the user, the rest of a sentence. */
  readonly why: string;
}

/** What labels are beside. */
export interface Beside {
  /** Of the same size; without them, two values are read as ISBI-2012's. */
  readonly images?: GreyStack | undefined;
  /** Whether the images are negatives, bright where others are dark; undefined where there is no way to say so. @default false */
  readonly isNegative?: boolean | undefined;
}

/**
 * What the values of labels stand for.
 *
 * Two values, 0 and another: the one that is brighter in the images is interior, wherever the labels lie beside them
 * (section by section, in another order, moved), unless that would have membrane take most of the pixels. Without images:
 * 0 is membrane, as in ISBI-2012. At least six whole numbers above 0, each in one piece in most sections: ids of
 * cells. Where 0 is ignored, the lower of two values is what 0 is elsewhere.
 *
 * @param counted of which pixels that do not count say nothing.
 * @throws InvalidImageError where that does not say, naming what to state instead.
 */
export function autoLabelKind(counted: CountedLabels, beside: Beside): AutoKind {
  const { stored, name, isZeroIgnored } = counted;
  requireFinite(stored, name);
  const values = firstValues(counted, TOLD_APART);
  if (values.size === 1) throw nothingLabelled(name, [...values][0] as number);
  if (values.size === 2) {
    if (values.has(0) || isZeroIgnored) return binaryKind(counted, isZeroIgnored ? Math.min(...values) : 0, beside);
    throw new InvalidImageError(
      `${name}: cannot tell what the labels ${[...values].sort((a, b) => a - b).join(' and ')} are. Two classes: save membrane ` +
        'as 0, without an inverting lookup table. Two cells: use `labelKind` instances.',
    );
  }
  return instancesKind(counted, values.size);
}

/** @param zero the value that is 0, or the lower one where 0 is ignored. */
function binaryKind({ stored, name, ignored }: CountedLabels, zero: number, { images, isNegative }: Beside): AutoKind {
  if (images === undefined)
    return { kind: 'interior', why: `two values, of which ${zero} is membrane as in ISBI-2012` };
  const other = { ...stored, data: new Uint8Array(stored.data.length) };
  let [count, ofOther] = [0, 0];
  for (let i = 0; i < other.data.length; i++) {
    if (ignored?.[i] === 1) {
      other.data[i] = IGNORED;
      continue;
    }
    count++;
    if (stored.data[i] === zero) continue;
    other.data[i] = 1;
    ofOther++;
  }
  const share = ofOther / count;
  const correlation = (isNegative === true ? -1 : 1) * strongest(images, other);
  const measured = `${correlation.toFixed(2)}, and ${zero} takes ${percent(1 - share)} of the pixels`;
  if (correlation >= LEAST.interior && 1 - share <= MOST_MEMBRANE.of0) {
    return { kind: 'interior', why: `${zero} is the darker one of two values (correlation ${measured})` };
  }
  if (correlation <= -LEAST.membrane && share < MOST_MEMBRANE.ofOther) {
    return { kind: 'membrane', why: `${zero} is the brighter one of two values (correlation ${measured})` };
  }
  const isWeak = correlation < LEAST.interior && correlation > -LEAST.membrane;
  const reason = !areEnough(count, stored.width * stored.height)
    ? `and ${count} pixels that count are too few to tell.`
    : isWeak
      ? 'which is too little. Are they labels of these images, in the same order?'
      : 'while interior is bright and takes most of the pixels in most images.';
  throw new InvalidImageError(
    `${name}: cannot tell which of the two values is membrane: the correlation of the other value than ${zero} and the grey values is ` +
      `${measured}, ${reason} Where ${zero} is membrane, use \`labelKind\` interior; where ${zero} is interior, \`labelKind\` membrane${isNegative === false ? '; of negatives, use `invert`' : ''}.`,
  );
}

/** The correlation of images and labels where it is strongest: as they lie, in another order of the sections, turned, or moved. */
function strongest(images: GreyStack, labels: GreyStack): number {
  const asTheyLie = meanCorrelation(images, labels);
  if (Math.abs(asTheyLie) >= LEAST.membrane) return asTheyLie;
  const found = [bestOtherOrder(images, labels), bestTurn(images, labels), labelShift(images, labels)];
  const others = found.map((one) => one?.correlation ?? 0);
  const best = others.reduce((most, one) => (Math.abs(one) > Math.abs(most) ? one : most));
  if (Math.abs(best) >= ELSEWHERE) return best;
  return Number.isFinite(asTheyLie) ? asTheyLie : 0;
}

/** @param values how many there are, of those that are told apart. */
function instancesKind({ stored: labels, name }: CountedLabels, values: number): AutoKind {
  const bad = firstNoId(labels);
  const { ids, pieces } = labelPieces(labels);
  const are = `${name}: cannot tell what the labels are:`;
  const partial = values === 3 ? ' If one of the values marks what nobody labelled, name it (`ignore`).' : '';
  if (bad >= 0) {
    throw new InvalidImageError(
      `${are} more than two values, and not all of them whole numbers of 0 or more (${labels.data[bad]}). Threshold probabilities; save ids as ` +
        'integers; ignore a value that marks pixels that are not labelled (`ignore`), or save them as 0.',
    );
  }
  if (pieces > PIECES) {
    throw new InvalidImageError(
      `${are} more than two values, and each lies in ${pieces} pieces in a section, in the median, where a cell lies in one. Are ` +
        'labels and images exchanged? Threshold labels of two classes, save them without lossy compression, and of several ' +
        `classes the one that is interior. Where they are ids of cells all the same, use \`labelKind\` instances.${partial}`,
    );
  }
  if (ids < LEAST_IDS) {
    throw new InvalidImageError(
      `${are} ${ids} values beside 0 may be ids of cells, or classes. Ids: use \`labelKind\` instances. Classes: save the one ` +
        `that is interior as a stack of its own.${partial}`,
    );
  }
  return { kind: 'instances', why: `${ids} values in the sections that were looked at, each in one piece` };
}

function nothingLabelled(name: string, value: number): InvalidImageError {
  return new InvalidImageError(
    `${name}: every pixel of the labels is ${value}. Nothing is labelled: name the file that has the labels.`,
  );
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
