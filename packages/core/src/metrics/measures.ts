import type { SectionEvaluation, StackEvaluation } from './evaluation.ts';
import { overlapScores, type OverlapScores } from './overlap.ts';
import type { PartitionScore } from './rand.ts';
import { CHALLENGE_THRESHOLDS } from './thresholds.ts';

/** A number by which segmentations are judged, 0 ... 1. */
export interface Measure {
  /** What files, logs and JSON call it. */
  readonly key: string;
  /** What tables and text call it. */
  readonly name: string;
  readonly better: 'higher' | 'lower';
  /** Digits after the point that it is shown with. */
  readonly digits: number;
  /** Whether it is among the few that short tables and summaries show. */
  readonly headline: boolean;
  /** Of a stack. */
  of(stack: StackEvaluation): number;
  /** Of one of its sections, at the threshold of the stack. */
  ofSection(section: SectionEvaluation, stack: StackEvaluation): number;
  /** Threshold that it holds for, as the challenge says it: 0, 0.1, ... 1. */
  threshold(stack: StackEvaluation): number;
}

/** The last threshold lies just below 1. */
const said = (place: number): number => Number((CHALLENGE_THRESHOLDS[place] as number).toFixed(1));
const half = (): number => 0.5;

/** Those of the ISBI-2012 challenge. */
const CHALLENGE = [
  {
    key: 'vRand',
    name: 'V_Rand',
    better: 'higher',
    digits: 4,
    headline: true,
    of: ({ vRand }) => vRand,
    ofSection: ({ rand }, { vRandAt }) => (rand[vRandAt] as PartitionScore).score,
    threshold: ({ vRandAt }) => said(vRandAt),
  },
  {
    key: 'vInfo',
    name: 'V_Info',
    better: 'higher',
    digits: 4,
    headline: true,
    of: ({ vInfo }) => vInfo,
    ofSection: ({ information }, { vInfoAt }) => (information[vInfoAt] as PartitionScore).score,
    threshold: ({ vInfoAt }) => said(vInfoAt),
  },
  {
    key: 'warpingError',
    name: 'warping error',
    better: 'lower',
    digits: 6,
    headline: true,
    of: ({ warpingError }) => warpingError,
    ofSection: ({ warpingError }) => warpingError,
    threshold: half,
  },
  {
    key: 'pixelError',
    name: 'pixel error',
    better: 'lower',
    digits: 4,
    headline: true,
    of: ({ pixelError }) => pixelError,
    ofSection: ({ pixelErrors }, { pixelErrorAt }) => pixelErrors[pixelErrorAt] as number,
    threshold: ({ pixelErrorAt }) => said(pixelErrorAt),
  },
] as const satisfies readonly Measure[];

const overlap = <Key extends keyof OverlapScores>(
  key: Key,
  name: string,
  headline = false,
): Measure & { readonly key: Key } => ({
  key,
  name,
  better: 'higher',
  digits: 4,
  headline,
  of: (stack) => stack.overlap[key],
  ofSection: (section) => overlapScores(section.overlap)[key],
  threshold: half,
});

/** Those that overlap counts at threshold 0.5 are enough for: cheap, so that training measures them in every epoch. */
export const OVERLAP_MEASURES = [
  overlap('interiorDice', 'interior Dice', true),
  overlap('membraneDice', 'membrane Dice', true),
  overlap('interiorIou', 'interior IoU'),
  overlap('membraneIou', 'membrane IoU'),
  overlap('precision', 'precision'),
  overlap('recall', 'recall'),
] as const;

/**
 * Every measure, in the order in which tables show them. Logs, summaries, reports and `--json` are made from this table:
 * a new measure is one entry here.
 */
export const MEASURES = [...CHALLENGE, ...OVERLAP_MEASURES] as const;

export type MeasureKey = (typeof MEASURES)[number]['key'];
export type OverlapMeasureKey = (typeof OVERLAP_MEASURES)[number]['key'];

/** A number per measure. */
export type Scores<Key extends MeasureKey = MeasureKey> = Readonly<Record<Key, number>>;

/**
 * A number per measure of a table.
 *
 * @param measures for example `MEASURES`. @param of the number of one of them.
 */
export function scoresBy<Key extends MeasureKey>(
  measures: readonly (Measure & { readonly key: Key })[],
  of: (measure: Measure & { readonly key: Key }) => number,
): Scores<Key> {
  return Object.fromEntries(measures.map((measure) => [measure.key, of(measure)])) as Scores<Key>;
}
