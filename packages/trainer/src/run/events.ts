import type { LabelOffset } from '@dilated-unet/core';
import type { TrainConfig } from '../config.ts';

/** What TensorFlow computes on. */
export interface DeviceReport {
  readonly kind: 'cpu' | 'gpu';
  /** For example `AMD EPYC, 2 threads` or `NVIDIA H100`. */
  readonly name: string;
  /** Version of libtensorflow, for example `2.21.0`. */
  readonly tensorflow: string;
}

/** Scores of a stack of probabilities against labels at threshold 0.5, over all its pixels. */
export interface HeldOutScores {
  /** Loss of the inference form, mean over sections. */
  readonly loss: number;
  /** Dice of the interior class on probabilities: the one in the loss. */
  readonly softDice: number;
  readonly interiorDice: number;
  readonly membraneDice: number;
  readonly interiorIou: number;
  readonly membraneIou: number;
  /** Share of wrong pixels. */
  readonly pixelError: number;
}

/** Loss and Dice without dropout and with the moving statistics, as a trained network is used. */
export interface ValidationScores {
  readonly loss: number;
  /** Dice of the interior class on probabilities, 0 ... 1. */
  readonly dice: number;
}

/** How the weights did on the validation data. */
export interface Evaluation {
  /** Over the held-out sections, or of the validation montage the mean over its batches. */
  readonly validation: ValidationScores;
  /** null with a montage, where nothing is held out. */
  readonly scores: HeldOutScores | null;
}

/** What the trainer tells while it runs; sent in order. */
export type TrainEvent =
  | { readonly type: 'device'; readonly device: DeviceReport }
  /** Work before and after the training: `reading the stacks`; with `done` of `total` where it is counted. */
  | { readonly type: 'stage'; readonly stage: string; readonly done?: number; readonly total?: number }
  | {
      readonly type: 'step';
      /** Steps done, this one included, over the whole run (a resumed run starts above 1). */
      readonly step: number;
      readonly steps: number;
      readonly epoch: number;
      readonly epochs: number;
      readonly loss: number;
      /** Soft Dice of the interior class over the batch. */
      readonly dice: number;
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
  readonly config: TrainConfig;
  readonly device: DeviceReport;
  readonly parameters: number;
  /** Epochs done: fewer than configured where early stopping ended the training. */
  readonly epochs: number;
  /** Steps done. */
  readonly steps: number;
  /** Median time of a training step over all epochs, milliseconds. */
  readonly stepMs: number;
  /** Of the last epoch: means over its steps; Dice is that of the loss. */
  readonly training: { readonly loss: number; readonly dice: number };
  /** Of the exported weights on the validation data; null where there is none. */
  readonly validation: ValidationScores | null;
  /** Seconds spent in training steps and evaluations during training. */
  readonly trainingSeconds: number;
  /** Part of them in which a step waited for its batch, 0 to 1. */
  readonly waitingShare: number;
  readonly peakRssBytes: number;
  /** Scores of the exported weights on the held-out sections; null when nothing was held out. */
  readonly heldOut: HeldOutScores | null;
  /** Where labels lie beside the images, measured on the training sections; null without `registerLabels`. */
  readonly labelOffset: LabelOffset | null;
  readonly files: {
    /** tfjs graph-model: `model.json` beside its shards. */
    readonly graphModel: string;
    /** Model card (JSON, see ModelCard in core). */
    readonly card: string;
    /** 8-bit images and labels (255 interior, 0 membrane) of the held-out sections, multi-page TIFF; null when nothing was held out. */
    readonly heldOutImages: string | null;
    readonly heldOutLabels: string | null;
    /** TensorFlow's probabilities for the held-out sections (else the first section), float32 multi-page TIFF, with the images they belong to. */
    readonly referenceImages: string;
    readonly referenceProbabilities: string;
    readonly lastCheckpoint: string;
    readonly bestCheckpoint: string | null;
    /** One row per epoch. */
    readonly log: string;
  };
}
