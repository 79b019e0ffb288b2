import { section, type GreyStack, type Offset } from '@dilated-unet/core';
import { sectionsText } from '../checks.ts';
import { areEnough, correlationOf, meanOf, type Correlation } from './correlation.ts';
import type { LabelKind } from './kinds.ts';
import { bestOtherOrder } from './section-orders.ts';
import { labelShift } from './shift.ts';
import { bestTurn } from './turns.ts';

/**
 * Correlation of interior and grey value below which membrane and interior seem exchanged, in the mean over a stack and in one
 * section. Sections of ISBI-2012 have 0.41 to 0.59, those of the phantom 0.43 to 0.61; pieces of 128 x 128 pixels of both
 * 0.10 to 0.73, and -0.23 at least where labels are moved by 8 pixels (docs/label-registration.md).
 */
const EXCHANGED = { stack: -0.1, section: -0.2 } as const;
/** Below this, labels say nothing of their images. The bound of `labelOffset` in core. */
const UNRELATED = 0.1;
const USUAL = '0.4 to 0.6 in ISBI-2012';
/**
 * What another order of the sections, or labels that are turned, must correlate with at least, and by how much better than theirs: in ISBI-2012 labels
 * correlate 0.50 with their own sections, 0.11 with those beside, and 0.02 in reverse order (docs/labels.md).
 */
const OTHER_ORDER = { least: 0.2, better: 0.15 } as const;
/** The same for another place, and how far away it must be, pixels: ISBI-2012's labels lie 0.6 pixels beside the tissue. */
const OTHER_PLACE = { least: 0.2, better: 0.03, distance: 1 } as const;

/** Images with their labels, and how messages name each, such as their paths. */
export interface NamedLabels {
  readonly images: GreyStack;
  /** 1 interior, 0 membrane, `IGNORED` where they do not count; of the same size. */
  readonly labels: GreyStack;
  readonly names: { readonly images: string; readonly labels: string };
  /** How the labels were read. */
  readonly labelKind: LabelKind;
  /** Whether the images are negatives, bright where others are dark. @default false */
  readonly isNegative?: boolean;
  /**
   * The field that mends labels that lie beside the tissue: `registerLabels` of a training, `labelOffset` of a score.
   * @default null: where labels lie is known, and nothing is said of it
   */
  readonly movedBack?: 'registerLabels' | 'labelOffset' | null;
  /** Whether that field is in use, so that nothing is said of labels within its reach. @default false */
  readonly isMovedBack?: boolean;
  /** Which sections of the stack these are of, from 0 and rising. @default all */
  readonly places?: readonly number[] | undefined;
}

/**
 * What looks wrong with labels beside their images, and may be right all the same: where membranes are dark, interior and
 * grey value correlate, so that another sign tells of labels whose values are exchanged, or of images of the other contrast, and
 * a stronger correlation elsewhere of labels of another order of sections, that are turned or mirrored, or that lie beside the tissue. Only pixels
 * that count are looked at, and where they are fewer than a piece of 64 x 64 has, nothing is said.
 *
 * @returns a text for the user each, with the field that mends it in backticks; none for labels as they should be.
 */
export function labelWarnings(named: NamedLabels): readonly string[] {
  return labelFindings(named).warnings;
}

/** What looks wrong with labels. */
export interface LabelFindings {
  /** See `labelWarnings`. */
  readonly warnings: readonly string[];
  /** The one that says that labels are of another order of the sections, turned, or beside the tissue; null where they are not. */
  readonly elsewhere: string | null;
}

/** `labelWarnings`, and which of them says that labels belong elsewhere. */
export function labelFindings(named: NamedLabels): LabelFindings {
  const { images, labels, isNegative = false } = named;
  const sign = isNegative ? -1 : 1;
  const all = Array.from({ length: images.depth }, (_, z) => ({
    z,
    ...correlationOf(section(images, z).data, section(labels, z).data),
  })).map((one) => ({ ...one, correlation: sign * one.correlation }));
  const pixels = labels.width * labels.height;
  const mean = meanOf(all, pixels);
  if (Number.isNaN(mean)) return { warnings: [], elsewhere: null };
  const strengths = all.map(({ correlation, counted }) => ({ correlation: Math.abs(correlation), counted }));
  const own = { mean, strength: meanOf(strengths, pixels) };
  const elsewhere = orderWarning(named, own) ?? placeWarning(named, own);
  if (elsewhere !== null) return { warnings: [elsewhere], elsewhere };
  return { warnings: contrastWarnings(named, { all, mean }), elsewhere: null };
}

/** @param all the correlation of each section. @param mean of them. */
function contrastWarnings(
  { labels, names, labelKind, places }: NamedLabels,
  { all, mean }: { readonly all: readonly (Correlation & { readonly z: number })[]; readonly mean: number },
): readonly string[] {
  const clear = all.filter(({ counted }) => areEnough(counted, labels.width * labels.height));
  const placeOf = ({ z }: { readonly z: number }): number => places?.[z] ?? z;
  const bright = [...new Set(clear.filter(({ correlation }) => correlation < EXCHANGED.section).map(placeOf))];
  if (bright.length > 0 && clear.some(({ correlation }) => correlation > -EXCHANGED.section)) {
    return [
      `${names.labels}: bright is labelled as membrane in ${sectionsText(bright)}, and dark in others. Exchange the two values ` +
        'of the labels there, unless membranes are the brighter ones.',
    ];
  }
  const measured = `the correlation of interior and grey value is ${mean.toFixed(2)} (${USUAL})`;
  if (mean < EXCHANGED.stack) {
    return [
      `${names.labels}: bright is labelled as membrane: ${measured}. ${exchangedAdvice(labelKind)} If membranes are the ` +
        `brighter ones in ${names.images}, all is well.`,
    ];
  }
  if (mean < UNRELATED) {
    return [
      `${names.labels}: the labels do not seem to be of these images: ${measured}. Check that ${names.images} has the same ` +
        'sections in the same order.',
    ];
  }
  return [];
}

function exchangedAdvice(labelKind: LabelKind): string {
  if (labelKind === 'instances') return 'Check that the ids are those of cells, and not of what lies between them.';
  const other = labelKind === 'interior' ? 'membrane' : 'interior';
  return `If membrane and interior are exchanged in the labels, use \`labelKind\` ${other}.`;
}

/** Correlation of the sections as they lie: their mean, and the mean of their sizes. */
interface Own {
  readonly mean: number;
  readonly strength: number;
}

function orderWarning({ images, labels, names }: NamedLabels, own: Own): string | null {
  const [other] = [bestOtherOrder(images, labels), bestTurn(images, labels)]
    .filter((found) => found !== undefined)
    .sort((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation));
  if (other === undefined || !isBetter(other.correlation, own, OTHER_ORDER)) return null;
  return (
    `${names.labels}: the labels seem to be ${other.text}: their correlation with the grey values of ${names.images} is ` +
    `${other.correlation.toFixed(2)} then, and ${own.mean.toFixed(2)} as they are. ${other.remedy}.`
  );
}

function placeWarning(
  { images, labels, names, movedBack = null, isMovedBack = false }: NamedLabels,
  own: Own,
): string | null {
  const shift = movedBack === null ? undefined : labelShift(images, labels);
  if (shift === undefined || movedBack === null || !isBetter(shift.correlation, own, OTHER_PLACE)) return null;
  if (Math.hypot(shift.y, shift.x) < OTHER_PLACE.distance || (isMovedBack && shift.isInReach)) return null;
  return (
    `${names.labels}: the labels lie ${offsetText(shift)} of the tissue in ${names.images}: the correlation of interior and grey ` +
    `value is ${shift.correlation.toFixed(2)} there, and ${own.mean.toFixed(2)} where they are. ` +
    (shift.isInReach ? IN_REACH[movedBack](shift) : beyondReach(shift))
  );
}

const IN_REACH: Readonly<Record<NonNullable<NamedLabels['movedBack']>, (shift: Offset) => string>> = {
  registerLabels: () => 'Train with `registerLabels`, which moves them back.',
  labelOffset: ({ y, x }) =>
    `Score with \`labelOffset\` ${y.toFixed(2)},${x.toFixed(2)}, which moves the prediction there.`,
};

function beyondReach({ y, x }: Offset): string {
  return (
    'That is farther than `registerLabels` looks. Move them back first (in Fiji: Image > Transform > Translate, by ' +
    `X ${-Math.round(x)} and Y ${-Math.round(y)}, without interpolation).`
  );
}

function isBetter(
  found: number,
  { strength }: Own,
  bound: { readonly least: number; readonly better: number },
): boolean {
  return Math.abs(found) >= bound.least && Math.abs(found) >= strength + bound.better;
}

/** For example `2.1 pixels below and 0.3 right`. */
function offsetText({ y, x }: Offset): string {
  const parts = [
    { by: Math.abs(y), way: y < 0 ? 'above' : 'below' },
    { by: Math.abs(x), way: x < 0 ? 'left' : 'right' },
  ].filter(({ by }) => by >= 0.05);
  const [first, second] = parts.map(({ by, way }) => ({ by: by.toFixed(1), way }));
  if (first === undefined) return 'on top';
  return `${first.by} pixels ${first.way}${second === undefined ? '' : ` and ${second.by} ${second.way}`}`;
}
