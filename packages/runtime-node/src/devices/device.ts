/** What a model can run on. */
export interface DeviceKind {
  /** Name of ONNX Runtime's execution provider. */
  readonly provider: string;
  /** Whether what it needs is there: ONNX Runtime writes to stderr when it misses a library. */
  readonly installed: () => boolean;
  /** What to do where it cannot be used. */
  readonly advice: () => string;
}
