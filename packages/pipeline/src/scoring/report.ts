import {
  CHALLENGE_THRESHOLDS,
  overlapScores,
  type Offset,
  type PartitionScore,
  type SectionEvaluation,
  type StackEvaluation,
} from '@dilated-unet/core';

/** The metrics of one section, or of the stack. All in 0 ... 1. */
export interface Scores {
  readonly vRand: number;
  readonly vInfo: number;
  readonly warpingError: number;
  readonly pixelError: number;
  /** Of the interior class, as `iou`, `precision` and `recall`. */
  readonly dice: number;
  readonly membraneDice: number;
  readonly iou: number;
  readonly membraneIou: number;
  readonly precision: number;
  readonly recall: number;
}

/** What `trainer:evaluate --json` prints. */
export interface Report extends Scores {
  /** The threshold of `vRand`: the best one for all sections together. */
  readonly threshold: number;
  /** The same of `vInfo`. */
  readonly vInfoThreshold: number;
  /** The same of `pixelError`. Warping error and overlap are those at 0.5. */
  readonly pixelErrorThreshold: number;
  /** How the values of the prediction were read, or which model made it and how. */
  readonly prediction: string;
  /** Of a prediction that a model made: whether it is the mean over the eight symmetries of the square. */
  readonly symmetries?: boolean;
  /** Where the labels lie beside the images, pixels, and the prediction was moved to; not there where they lie on them. */
  readonly labelOffset?: Offset;
  /** Each section at the thresholds of the stack, `section` counted from 1. */
  readonly perSection: readonly (Scores & { readonly section: number })[];
}

/** What else a report says of its prediction. */
export interface PredictionFacts {
  /** Of a prediction that a model made: whether it is the mean over the eight symmetries. */
  readonly symmetries?: boolean | undefined;
  /** Where the labels lie beside the images and the prediction was moved to; null: on them. */
  readonly labelOffset?: Offset | null | undefined;
}

/** @param prediction how its values were read, or which model made it and how. */
export function report(
  evaluation: StackEvaluation,
  prediction: string,
  { symmetries, labelOffset }: PredictionFacts = {},
): Report {
  return {
    vRand: evaluation.vRand,
    vInfo: evaluation.vInfo,
    warpingError: evaluation.warpingError,
    pixelError: evaluation.pixelError,
    ...overlap(evaluation.overlap),
    threshold: thresholdAt(evaluation.vRandAt),
    vInfoThreshold: thresholdAt(evaluation.vInfoAt),
    pixelErrorThreshold: thresholdAt(evaluation.pixelErrorAt),
    prediction,
    ...(symmetries !== undefined && { symmetries }),
    ...(labelOffset && { labelOffset: { y: labelOffset.y, x: labelOffset.x } }),
    perSection: evaluation.sections.map((one, z) => ({ section: z + 1, ...sectionScores(one, evaluation) })),
  };
}

function sectionScores(one: SectionEvaluation, { vRandAt, vInfoAt, pixelErrorAt }: StackEvaluation): Scores {
  return {
    vRand: (one.rand[vRandAt] as PartitionScore).score,
    vInfo: (one.information[vInfoAt] as PartitionScore).score,
    warpingError: one.warpingError,
    pixelError: one.pixelErrors[pixelErrorAt] as number,
    ...overlap(overlapScores(one.overlap)),
  };
}

function overlap(scores: StackEvaluation['overlap']): Omit<Scores, 'vRand' | 'vInfo' | 'warpingError' | 'pixelError'> {
  const { interiorDice, membraneDice, interiorIou, membraneIou, precision, recall } = scores;
  return { dice: interiorDice, membraneDice, iou: interiorIou, membraneIou, precision, recall };
}

/** As one says it: the last lies just below 1. */
function thresholdAt(place: number): number {
  return Number((CHALLENGE_THRESHOLDS[place] as number).toFixed(1));
}

const COLUMNS: readonly (readonly [heading: string, field: keyof Scores, digits: number])[] = [
  ['V_Rand', 'vRand', 4],
  ['V_Info', 'vInfo', 4],
  ['warping error', 'warpingError', 6],
  ['pixel error', 'pixelError', 4],
  ['Dice', 'dice', 4],
  ['membrane Dice', 'membraneDice', 4],
  ['IoU', 'iou', 4],
  ['membrane IoU', 'membraneIou', 4],
  ['precision', 'precision', 4],
  ['recall', 'recall', 4],
];

/** The report as a table: a line per section, one for the stack, and the thresholds that they hold for. */
export function reportTable(evaluated: Report): string {
  const line = (name: string, scores: Scores): readonly string[] => [
    name,
    ...COLUMNS.map(([, field, digits]) => scores[field].toFixed(digits)),
  ];
  const { threshold, vInfoThreshold, pixelErrorThreshold } = evaluated;
  const chosen: Partial<Record<keyof Scores, number>> = {
    vRand: threshold,
    vInfo: vInfoThreshold,
    pixelError: pixelErrorThreshold,
  };
  const rows = [
    ['section', ...COLUMNS.map(([heading]) => heading)],
    ...evaluated.perSection.map((scores) => line(String(scores.section), scores)),
    line('stack', evaluated),
    ['threshold', ...COLUMNS.map(([, field]) => (chosen[field] ?? 0.5).toFixed(1))],
  ];
  return `${aligned(rows)}

prediction: ${evaluated.prediction}${evaluated.labelOffset === undefined ? '' : movedBy(evaluated.labelOffset)}
V_Rand, V_Info, pixel error: at the threshold that is best for all sections together, as the ISBI-2012 challenge scores.
Dice, IoU, precision, recall: of cell interior; of the stack, over all its pixels.`;
}

function movedBy({ y, x }: Offset): string {
  return `, moved to the labels by ${y.toFixed(2)} pixels down and ${x.toFixed(2)} right`;
}

/** First column to the left, the others to the right, two spaces between. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const pad = (cell: string, column: number): string => {
    const width = widths[column] ?? 0;
    return column === 0 ? cell.padEnd(width) : cell.padStart(width);
  };
  return rows.map((row) => row.map(pad).join('  ')).join('\n');
}
