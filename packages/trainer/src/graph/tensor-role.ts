/** What a tensor of the training step is, as the rule of its layer says: rewrites need not guess it from operations. */
export interface TensorRole {
  readonly kind:
    | 'batch-norm'
    | 'batch-norm-gradient'
    | 'batch-norm-parameter-gradient'
    /** 64-bit integers that decide what is dropped. */
    | 'random-bits'
    /** Booleans: whether a value is kept. */
    | 'dropout-decision'
    /** 0 where dropped, 1 where kept. */
    | 'dropout-mask'
    /** The mask times 1 / (1 - rate). */
    | 'scaled-dropout-mask'
    | 'upsampled'
    | 'upsample-gradient'
    /** By the log-odds: where the backward pass begins. */
    | 'loss-gradient';
  readonly layer: string;
}
