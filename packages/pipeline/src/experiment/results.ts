import type { LabelOffset } from '@dilated-unet/core';
import type { IgnoreRules, StackSelection } from '@dilated-unet/stacks';
import type { DeviceReport, FitScores, TrainConfig } from '@dilated-unet/trainer';
import type { Summary } from '../run/summary.ts';
import type { Report as Evaluation } from '../scoring/report.ts';

/** How an experiment divides the stack: as the original did, into a fixed block held out, or block by block. */
export const PROTOCOLS = ['original', 'holdout', 'kfold'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** One independent training run of an experiment. */
export interface Trial {
  /** Place in the experiment, from 1. */
  readonly index: number;
  readonly variant: string;
  /** Fold from 1; 1 where the protocol has one. */
  readonly fold: number;
  readonly seed: number;
}

/** One epoch of a trial's training; loss and soft Dice are means over its steps. */
export interface EpochRecord extends FitScores {
  readonly epoch: number;
  /** Learning rate of the epoch's last step. */
  readonly rate: number;
  /** On the validation data of the protocol; null where the epoch was not evaluated. */
  readonly validation: FitScores | null;
}

/** What one trial found: `TRIAL/result.json`. */
export interface TrialResult {
  readonly trial: Trial;
  readonly config: TrainConfig;
  readonly device: DeviceReport;
  /** Of what trained it and made its model; not there in older results. */
  readonly versions?: Summary['versions'];
  readonly parameters: number;
  /** Epochs and steps done, and epochs asked for (early stopping may end a trial before). */
  readonly epochs: number;
  readonly steps: number;
  readonly epochsAsked: number;
  /** Median time of a training step, milliseconds. */
  readonly stepMs: number;
  readonly trainingSeconds: number;
  readonly history: readonly EpochRecord[];
  /** Of the last epoch's steps. */
  readonly training: FitScores;
  /** Of the exported weights, on the validation data of the protocol. */
  readonly validation: FitScores;
  /** Of the exported weights on sections never trained on; null under `original`, which has none. */
  readonly heldOut: {
    readonly plain: Evaluation;
    /** Mean prediction over the eight symmetries of the square; null where it was not asked for. */
    readonly symmetries: Evaluation | null;
  } | null;
  /** Where labels lie beside the images; null, or not there in older results, where they were taken as they lie. */
  readonly labelOffset?: LabelOffset | null;
  /** What looks wrong with the data and may be right, for the user; not there in older results. */
  readonly warnings?: readonly string[];
  /** Multi-page TIFF stacks, by their path in the trial's folder. */
  readonly files: {
    /** Sections with labels on which the pictures are drawn: the held-out ones, under `original` the first six trained on. 8 bit; labels 255 interior, 0 membrane. */
    readonly images: string;
    readonly labels: string;
    /** Probability of interior for `images`, float32. */
    readonly probabilities: string;
    /** Sections without labels and their probabilities; null where the data has none. */
    readonly testImages: string | null;
    readonly testProbabilities: string | null;
  };
}

/** A trial as far as it was run: with neither result nor failure it was not run to its end yet. */
export interface TrialOutcome {
  readonly trial: Trial;
  /** Absolute path of the trial's folder. */
  readonly folder: string;
  readonly result: TrialResult | null;
  /** Why it failed, for the user; left out where it did not. */
  readonly failure?: string;
}

/** An experiment as far as it was run: what its report is drawn from. */
export interface ExperimentResults {
  readonly protocol: Protocol;
  /** What the user reads of the data, for example `isbi-2012, 30 sections of 512 x 512`. */
  readonly data: string;
  /** The command that ran it, as typed. */
  readonly command: string;
  /** All trials of the experiment, in order. */
  readonly trials: readonly TrialOutcome[];
  /** Training sections with their labels, for the moving picture: paths of multi-page TIFFs, absolute. */
  readonly trainingImages: string;
  /** Which sections of the images, where their file has several channels, times or images, and at which scale, the labels too. */
  readonly select?: StackSelection;
  readonly trainingLabels: string;
  /** What their values stand for, and how wide membranes are made of instances, pixels. */
  readonly labelKind: TrainConfig['labelKind'];
  readonly boundaryWidth?: TrainConfig['boundaryWidth'];
  /** Which of their pixels do not count; not there where all do. */
  readonly ignored?: IgnoreRules<string>;
}
