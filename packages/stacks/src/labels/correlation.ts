import { countedSections, type GreyData, type GreyStack } from '@dilated-unet/core';
import { IGNORED } from './ignored.ts';

/** Fewest pixels of partial labels that say something: a piece of 64 x 64. */
const ENOUGH_PIXELS = 64 * 64;
/** Sections that are looked at where all would take long. */
const COMPARED = 4;

/** How grey values and labels go together. */
export interface Correlation {
  /** Pearson's, of the pixels that count; NaN where one of the two is the same everywhere. */
  readonly correlation: number;
  /** How many count. */
  readonly counted: number;
}

/** The correlation of grey values and of labels that are 0 or 1, or `IGNORED` where they do not count. */
export function correlationOf(grey: GreyData, labels: GreyData): Correlation {
  let [sum, interior, counted] = [0, 0, 0];
  for (let i = 0; i < grey.length; i++) {
    if (labels[i] === IGNORED) continue;
    counted++;
    sum += grey[i] as number;
    interior += labels[i] as number;
  }
  const [mean, share] = [sum / counted, interior / counted];
  let [squares, product] = [0, 0];
  for (let i = 0; i < grey.length; i++) {
    if (labels[i] === IGNORED) continue;
    const difference = (grey[i] as number) - mean;
    squares += difference * difference;
    product += difference * (labels[i] as number);
  }
  return { correlation: product / Math.sqrt(squares * counted * share * (1 - share)), counted };
}

/** Whether so many pixels say something: as many as a section has, or a piece of 64 x 64. */
export function areEnough(counted: number, ofSection: number): boolean {
  return counted >= Math.min(ofSection, ENOUGH_PIXELS);
}

/**
 * The mean of the correlations that are finite, each by its pixels.
 *
 * @param ofSection how many pixels a section has. @returns NaN where those that count are too few to say something.
 */
export function meanOf(correlations: readonly Correlation[], ofSection: number): number {
  const finite = correlations.filter(({ correlation }) => Number.isFinite(correlation));
  const pixels = finite.reduce((sum, { counted }) => sum + counted, 0);
  if (!areEnough(pixels, ofSection)) return Number.NaN;
  return finite.reduce((sum, { correlation, counted }) => sum + correlation * counted, 0) / pixels;
}

/** Places of a few sections, evenly spread over those in which a pixel of the labels counts. */
export function comparedSections(labels: GreyStack): readonly number[] {
  const labelled = countedSections(labels, { ignore: IGNORED });
  const count = Math.min(COMPARED, labelled.length);
  return Array.from({ length: count }, (_, k) => labelled[Math.floor(((k + 0.5) * labelled.length) / count)] as number);
}
