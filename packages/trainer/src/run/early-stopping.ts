import type { TrainConfig } from '../config/schema.ts';

/** The rule: see `earlyStopping` of the configuration. */
export type EarlyStopping = NonNullable<TrainConfig['earlyStopping']>;

/** What the rule remembers. */
export interface StoppingState {
  /** The last validation loss that counted as lower than those before it, and its epoch. */
  readonly loss: number;
  readonly epoch: number;
  /** Epochs from there to the latest evaluation. */
  readonly wait: number;
}

/**
 * Takes in the validation loss after `epoch`. The rule is that of Keras' `EarlyStopping(monitor='val_loss', mode='min')`; as it
 * counts epochs and not evaluations, patience has the same length whatever lies between two evaluations.
 *
 * @param state null before the first evaluation.
 */
export function watchLoss(
  { minDelta }: EarlyStopping,
  state: StoppingState | null,
  { epoch, loss }: { readonly epoch: number; readonly loss: number },
): StoppingState {
  if (state === null || loss + minDelta < state.loss) return { loss, epoch, wait: 0 };
  return { ...state, wait: epoch - state.epoch };
}

/** Whether training ends with the latest evaluation. */
export function patienceIsOver({ patience }: EarlyStopping, state: StoppingState | null): boolean {
  return state !== null && state.wait >= patience;
}
