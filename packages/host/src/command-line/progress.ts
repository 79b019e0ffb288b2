/** What a set-up does at present. */
export interface Progress {
  /** For example `installing TensorFlow 2.21.0`. A new phase ends the one before. */
  readonly phase: string;
  /** What is at hand within the phase. */
  readonly detail?: string;
  /** Parts done and in all, where the phase has countable parts. */
  readonly done?: number;
  readonly total?: number;
}

export type OnProgress = (progress: Progress) => void;
