/** What one process of a bench of inference does: predictions of the sections of a stack, each in one piece. */
export interface InferenceTask extends InferenceImages {
  /** Where the probabilities go: float32, little-endian, axes z, y, x. */
  readonly output: string;
  /** ONNX file; of Keras and PyTorch the trained weights, safetensors. */
  readonly model: string;
  /** Predictions of the first section before the clock starts. */
  readonly warmUp: number;
  /** Passes over all sections that are timed. */
  readonly runs: number;
  /** Threads of the CPU; WebAssembly has one. */
  readonly threads: number;
}

/** What is predicted. */
export interface InferenceImages {
  /** File of z-scores, float32, little-endian, axes z, y, x. */
  readonly images: string;
  /** Sections. */
  readonly depth: number;
  /** Of a section, pixels. */
  readonly height: number;
  /** Of a section, pixels. */
  readonly width: number;
}

/** What it prints, as one line of JSON. */
export interface InferenceTimes {
  /** Of each pass that is timed, milliseconds. */
  readonly ms: readonly number[];
  /** What computed. */
  readonly version: string;
  /** With what it ran that is its own to decide. */
  readonly settings?: Readonly<Record<string, unknown>>;
}
