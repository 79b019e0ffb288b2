/** What one process of `tools:bench-model` does: predictions of one image. */
export interface InferenceTask {
  /** Height and width of the image, pixels. */
  readonly size: number;
  /** File of z-scores, float32, little-endian, axes y, x. */
  readonly image: string;
  /** Where the probabilities go, alike. */
  readonly output: string;
  /** ONNX file; of Keras and PyTorch the trained weights, safetensors. */
  readonly model: string;
  /** Predictions before the clock starts. */
  readonly warmUp: number;
  /** Predictions timed. */
  readonly runs: number;
  /** Threads of the CPU; WebAssembly has one. */
  readonly threads: number;
}

/** What it prints, as one line of JSON. */
export interface InferenceTimes {
  /** Of each timed prediction, milliseconds. */
  readonly ms: readonly number[];
  /** What computed. */
  readonly version: string;
}
