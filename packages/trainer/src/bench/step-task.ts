import type { VariantName } from '@dilated-unet/core';

/** What one process of the bench does: training steps on random images. */
export interface StepTask {
  readonly variant: VariantName;
  /** Height and width, pixels. */
  readonly size: number;
  readonly batch: number;
  /** Steps before the clock starts. */
  readonly warmUp: number;
  /** Steps timed. */
  readonly steps: number;
  /** Names of rewrites of our graph that are left out. @default none: the graph as training uses it on this machine */
  readonly without?: readonly string[];
  /** Where the graph is written and stays. @default nowhere */
  readonly graphDirectory?: string;
}

/** What it prints, as one line of JSON. */
export interface StepTimes {
  /** Of each timed step, milliseconds. */
  readonly stepMs: readonly number[];
  /** From the written graph to a session that can run; milliseconds. */
  readonly loadMs: number;
  /** Loss of each step, those of the warm-up included. */
  readonly losses: readonly number[];
  /** Highest resident set of the process. */
  readonly peakRssBytes: number;
  /** Resident set after each timed step. Of our graph alone. */
  readonly rssBytes?: readonly number[];
  /** What our graph was rewritten by. */
  readonly rewrites?: readonly string[];
  /** What computed. */
  readonly version: string;
}
