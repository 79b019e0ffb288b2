import type { LabelOffset, Normalisation, OverlapMeasureKey, Scores } from '@dilated-unet/core';
import type { LabelKind } from '@dilated-unet/stacks';
import type { TrainConfig } from '../config/schema.ts';

/** What TensorFlow computes on. */
export interface DeviceReport {
  readonly kind: 'cpu' | 'gpu';
  /** For example `AMD EPYC, 2 threads` or `NVIDIA H100`. */
  readonly name: string;
  /** Version of libtensorflow, for example `2.21.0`. */
  readonly tensorflow: string;
}

/** What the network is trained by: over the steps of an epoch with dropout, or over validation data as it is used. */
export interface FitScores {
  /** Binary cross-entropy + 1 - soft Dice. */
  readonly loss: number;
  /** Dice of the interior class on probabilities, 0 ... 1. */
  readonly softDice: number;
}

/** How the weights did on the validation data. */
export interface Evaluation {
  /** Over the held-out sections, of all stacks together, or of the validation montage the mean over its batches. */
  readonly validation: FitScores;
  /** Of the held-out sections, over all their pixels that count, at threshold 0.5; null with a montage, where nothing is held out. */
  readonly scores: Scores<OverlapMeasureKey> | null;
  /** The same of each stack that has held-out sections, in order; not there where a run has one stack. */
  readonly stacks?: readonly StackEvaluation[];
}

/** How the weights did on the held-out sections of a stack among several. */
export interface StackEvaluation {
  readonly name: string;
  readonly validation: FitScores;
  readonly scores: Scores<OverlapMeasureKey>;
}

/** What a run tells of one of its stacks. */
export interface StackResult {
  /** Null where the run has one stack. */
  readonly name: string | null;
  /** Sections of it that were trained on, and held out. */
  readonly sections: { readonly trained: number; readonly heldOut: number };
  /** Part of the training windows that were cut from it, 0 to 1. */
  readonly share: number;
  /** By which its training windows were normalised, where sections are not normalised by themselves; of a stack that is held out as a whole, its own. */
  readonly normalisation: Normalisation;
  readonly labelKind: LabelKind;
  /** Pixels; null for labels that are no instances. */
  readonly boundaryWidth: number | null;
  /** Where labels lie beside the images; null without `registerLabels`. */
  readonly labelOffset: LabelOffset | null;
  /** Of the exported weights on its held-out sections; null where it has none. */
  readonly validation: FitScores | null;
  /** Where its sections lie that TensorFlow predicted; null where it has none. */
  readonly reference: ReferenceFiles | null;
}

/** The held-out sections of a stack, or, where a run holds out none, the first section of its first stack. Absolute paths. */
export interface ReferenceFiles {
  /** All of them lie in it. */
  readonly folder: string;
  /** Raw grey values, multi-page TIFF. */
  readonly images: string;
  /** 8 bits: 255 interior, 0 membrane, `IGNORED` of stacks: not labelled; multi-page TIFF; null where nothing was held out. */
  readonly labels: string | null;
  /** TensorFlow's probabilities, float32, multi-page TIFF. */
  readonly probabilities: string;
}

/** What the trainer tells while it runs; sent in order. */
export type TrainEvent =
  | { readonly type: 'device'; readonly device: DeviceReport }
  /**
   * Work before and after the training: `reading the stacks`; with `done` of `total` where it is counted. From `exporting` on, the files
   * of an earlier end of the run are written anew.
   */
  | { readonly type: 'stage'; readonly stage: string; readonly done?: number; readonly total?: number }
  /** What was decided by the data, for the user. */
  | { readonly type: 'note'; readonly note: string }
  /** What looks wrong with the data and may be right, for the user. */
  | { readonly type: 'warning'; readonly warning: string }
  | {
      readonly type: 'step';
      /** Steps done, this one included, over the whole run (a resumed run starts above 1). */
      readonly step: number;
      readonly steps: number;
      readonly epoch: number;
      readonly epochs: number;
      readonly loss: number;
      /** Of the batch. */
      readonly softDice: number;
      /** Learning rate of this step. */
      readonly rate: number;
      readonly secondsPerStep: number;
    }
  | (Evaluation & {
      readonly type: 'evaluated';
      readonly epoch: number;
      /** Whether no validation loss was lower before. */
      readonly best: boolean;
    })
  | {
      /** Early stopping ends the training after `epoch`. */
      readonly type: 'stopped';
      readonly epoch: number;
      /** The validation loss that none was lower than since, by more than the configured difference, and its epoch. */
      readonly lowest: { readonly loss: number; readonly epoch: number };
    }
  | { readonly type: 'done'; readonly result: TrainResult };

/** What a finished run leaves. Paths are absolute. */
export interface TrainResult {
  /** With what was left to the data: no `labelKind` is auto, unless several stacks have labels of different kinds. */
  readonly config: TrainConfig;
  readonly device: DeviceReport;
  readonly parameters: number;
  /** Epochs done: fewer than configured where early stopping ended the training. */
  readonly epochs: number;
  /** Steps done. */
  readonly steps: number;
  /** Median time of a training step over all epochs, milliseconds. */
  readonly stepMs: number;
  /** Of the last epoch: means over its steps. */
  readonly training: FitScores;
  /** Of the exported weights on the validation data; null where there is none. */
  readonly validation: FitScores | null;
  /** Seconds spent in training steps and evaluations during training; of a resumed run, by its last process. */
  readonly trainingSeconds: number;
  /** Part of them in which a step waited for its batch, 0 to 1. */
  readonly waitingShare: number;
  /** Of this process. */
  readonly peakRssBytes: number;
  /** At least one, in order. */
  readonly stacks: readonly StackResult[];
  /** What looks wrong with the data and may be right, for the user. */
  readonly warnings: readonly string[];
  readonly files: {
    /** tfjs graph-model: `model.json` beside its shards. */
    readonly graphModel: string;
    /** Model card (JSON, see ModelCard in core). */
    readonly card: string;
    /** The network with its trained parameters, safetensors (see `readWeights`). */
    readonly weights: string;
    readonly lastCheckpoint: string;
    readonly bestCheckpoint: string | null;
    /** One row per epoch. */
    readonly log: string;
  };
}
