import type { FormFacts } from '@dilated-unet/model-package';
import type { RunFacts } from '../run-facts.ts';
import type { Deviation } from './deviation.ts';

/** A form in which a package has the network. */
export interface Form extends Pick<FormFacts, 'precision' | 'engine'> {
  /** Name of its file in the package. */
  readonly file: string;
  /** What it is, for a table: "float32, batch norms folded". */
  readonly title: string;
  /**
   * Writes it: an ONNX file with the run's card, float32 in and out; the same bytes for the same run.
   *
   * @returns null where the run lacks what it takes; `onNote` has been told.
   */
  readonly write: (task: FormTask) => Promise<Uint8Array | null>;
  /** Why it is not good enough to be written, in figures; null where it is. */
  readonly fault: (deviation: Deviation) => string | null;
}

/** What a form is made of. */
export interface FormTask {
  readonly facts: RunFacts;
  /** Interpreter with tf2onnx. */
  readonly python: string;
  readonly env: NodeJS.ProcessEnv;
  /** The fp32 form, once it is written. */
  readonly fp32: Uint8Array | null;
  readonly onNote: (note: string) => void;
  readonly signal?: AbortSignal | undefined;
}
