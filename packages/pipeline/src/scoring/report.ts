import { MEASURES, scoresBy, type Offset, type Scores, type StackEvaluation } from '@dilated-unet/core';
import { textTable } from '@dilated-unet/host';

/** What `trainer:evaluate --json` prints: each measure of the stack, and what else there is to say. */
export interface Report extends Scores {
  /**
   * The threshold of each measure: of V_Rand, V_Info and pixel error the best one for all sections together, of the others
   * 0.5.
   */
  readonly thresholds: Scores;
  /** How the values of the prediction were read, or which model made it and how. */
  readonly prediction: string;
  /** Of a prediction that a model made: whether it is the mean over the eight symmetries of the square. */
  readonly symmetries?: boolean;
  /** Where the labels lie beside the images, pixels, and the prediction was moved to; not there where they lie on them. */
  readonly labelOffset?: Offset;
  /** Share of the pixels that count, above 0 and below 1; not there where all do. */
  readonly counted?: number;
  /** What looks wrong with the stacks and may be right; not there where nothing does. */
  readonly warnings?: readonly string[];
  /** Each section of which a pixel counts, at the thresholds of the stack; `section` is its number in the stack, from 1, and `stack` the name of that, where there are several. */
  readonly perSection: readonly (Scores & { readonly section: number; readonly stack?: string })[];
}

/** What else a report says of its prediction. */
export interface PredictionFacts {
  /** Of a prediction that a model made: whether it is the mean over the eight symmetries. */
  readonly symmetries?: boolean | undefined;
  /** Where the labels lie beside the images and the prediction was moved to; null: on them. */
  readonly labelOffset?: Offset | null | undefined;
  /** Share of the labels' pixels that count. @default 1 */
  readonly counted?: number;
  /** What looks wrong with the stacks and may be right, for the user. @default none */
  readonly warnings?: readonly string[];
}

/** @param prediction how its values were read, or which model made it and how. */
export function report(
  evaluation: StackEvaluation,
  prediction: string,
  { symmetries, labelOffset, counted = 1, warnings = [] }: PredictionFacts = {},
): Report {
  return {
    ...scoresBy(MEASURES, (measure) => measure.of(evaluation)),
    thresholds: scoresBy(MEASURES, (measure) => measure.threshold(evaluation)),
    prediction,
    ...(symmetries !== undefined && { symmetries }),
    ...(labelOffset && { labelOffset: { y: labelOffset.y, x: labelOffset.x } }),
    ...(counted < 1 && { counted }),
    ...(warnings.length > 0 && { warnings }),
    perSection: evaluation.sections.map((one, k) => ({
      section: (evaluation.places[k] as number) + 1,
      ...scoresBy(MEASURES, (measure) => measure.ofSection(one, evaluation)),
    })),
  };
}

/** The numbers as text, each with the digits of its measure, in the order of `MEASURES`. */
export function scoreCells(scores: Scores, measures: readonly (typeof MEASURES)[number][] = MEASURES): string[] {
  return measures.map(({ key, digits }) => scores[key].toFixed(digits));
}

/** The measures that short tables and summaries show. */
export const HEADLINES = MEASURES.filter(({ headline }) => headline);

/** The report as a table: a line per section, one for the stack, and the thresholds that they hold for. */
export function reportTable(evaluated: Report): string {
  const rows = [
    ['section', ...MEASURES.map(({ name }) => name)],
    ...evaluated.perSection.map((scores) => [String(scores.section), ...scoreCells(scores)]),
    ['stack', ...scoreCells(evaluated)],
    ['threshold', ...MEASURES.map(({ key }) => evaluated.thresholds[key].toFixed(1))],
  ];
  return `${textTable(rows)}

prediction: ${evaluated.prediction}${evaluated.labelOffset === undefined ? '' : movedBy(evaluated.labelOffset)}
V_Rand, V_Info, pixel error: at the threshold that is best for all sections together, as the ISBI-2012 challenge scores.
Precision, recall: of cell interior. Dice, IoU, precision and recall of the stack: over all its pixels${evaluated.counted === undefined ? '' : ' that count'}.${countedText(evaluated)}`;
}

function countedText({ counted, perSection }: Report): string {
  if (counted === undefined) return '';
  const sections = `${perSection.length} section${perSection.length === 1 ? '' : 's'}`;
  return `\n${(100 * counted).toPrecision(3)}% of the pixels count, in ${sections}; to every measure, the others lie outside of the image.`;
}

function movedBy({ y, x }: Offset): string {
  return `, moved to the labels by ${y.toFixed(2)} pixels down and ${x.toFixed(2)} right`;
}
