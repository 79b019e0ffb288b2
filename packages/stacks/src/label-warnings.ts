import { countedValues, section, type GreyData, type GreyStack } from '@dilated-unet/core';
import { sectionsText } from './checks.ts';
import { IGNORED } from './ignored.ts';
import type { LabelKind } from './labels.ts';

/**
 * Correlation of interior and grey value below which membrane and interior seem exchanged, in the mean over a stack and in one
 * section. Sections of ISBI-2012 have 0.41 to 0.59, those of the phantom 0.43 to 0.61; pieces of 128 x 128 pixels of both
 * 0.10 to 0.73, and -0.23 at least where labels are moved by 8 pixels (docs/label-registration.md).
 */
const EXCHANGED = { stack: -0.1, section: -0.2 } as const;
/** Below this, labels say nothing of their images. The bound of `labelOffset` in core. */
const UNRELATED = 0.1;
const USUAL = '0.4 to 0.6 in ISBI-2012';

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
}

/**
 * What looks wrong with labels beside their images, and may be right all the same: where membranes are dark, interior and
 * grey value correlate, so that another sign tells of labels whose values are exchanged, or of images of the other contrast.
 *
 * @returns a text for the user each, with the field that mends it in backticks; none for labels as they should be.
 */
export function labelWarnings(named: NamedLabels): readonly string[] {
  const { images, labels, names, labelKind, isNegative = false } = named;
  const sign = isNegative ? -1 : 1;
  const all = Array.from({ length: images.depth }, (_, z) => ({
    z,
    correlation: sign * correlationOf(section(images, z).data, section(labels, z).data),
  })).filter(({ correlation }) => Number.isFinite(correlation));
  if (all.length === 0) return [];
  const bright = all.filter(({ correlation }) => correlation < EXCHANGED.section).map(({ z }) => z);
  if (bright.length > 0 && all.some(({ correlation }) => correlation > -EXCHANGED.section)) {
    return [
      `${names.labels}: bright is labelled as membrane in ${sectionsText(bright)}, and dark in others. Exchange the two values ` +
        'of the labels there, unless membranes are the brighter ones.',
    ];
  }
  const mean = all.reduce((sum, { correlation }) => sum + correlation, 0) / all.length;
  const measured = `the correlation of interior and grey value is ${mean.toFixed(2)} (${USUAL})`;
  if (mean < EXCHANGED.stack) {
    const other = labelKind === 'interior' ? 'membrane' : 'interior';
    return [
      `${names.labels}: bright is labelled as membrane: ${measured}. If membrane and interior are exchanged in the labels, use ` +
        `\`labelKind\` ${other}. If membranes are the brighter ones in ${names.images}, all is well.`,
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

/** Fewest pixels of a partly labelled section that say something: a piece of 64 x 64. */
const ENOUGH_PIXELS = 64 * 64;

/** Pearson's correlation of grey values and labels that count; NaN where one of them is the same everywhere, or they are few. */
function correlationOf(grey: GreyData, labels: GreyData): number {
  const count = countedValues(labels, IGNORED);
  if (count < Math.min(grey.length, ENOUGH_PIXELS)) return Number.NaN;
  let [sum, interior] = [0, 0];
  for (let i = 0; i < grey.length; i++) {
    if (labels[i] === IGNORED) continue;
    sum += grey[i] as number;
    interior += labels[i] as number;
  }
  const [mean, share] = [sum / count, interior / count];
  let [squares, product] = [0, 0];
  for (let i = 0; i < grey.length; i++) {
    if (labels[i] === IGNORED) continue;
    const difference = (grey[i] as number) - mean;
    squares += difference * difference;
    product += difference * (labels[i] as number);
  }
  return product / Math.sqrt(squares * count * share * (1 - share));
}
