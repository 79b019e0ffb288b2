import type { Network, Segmenter } from '@dilated-unet/core';
import type { runTraining } from '@dilated-unet/trainer';

/** The machinery that the line drives: what needs TensorFlow, Python or ONNX Runtime. */
export interface Machinery {
  /** See `runTraining` of the trainer. */
  readonly train: typeof runTraining;
  /** Converts the graph-model to portable ONNX with tf2onnx; `output` appears whole or not at all. */
  readonly convert: (request: ConversionRequest) => Promise<ConversionReport>;
  /** Loads an ONNX model; see `createSegmenter` of runtime-node. */
  readonly loadSegmenter: (model: string) => Promise<Segmenter>;
}

export interface ConversionRequest {
  /** `model.json` of the graph-model. */
  readonly graphModel: string;
  /** Model card, JSON. */
  readonly card: string;
  /** The network that was trained. */
  readonly network: Network;
  /** The ONNX file to write. */
  readonly output: string;
  readonly signal?: AbortSignal;
}

export interface ConversionReport {
  /** Version of tf2onnx. */
  readonly tf2onnx: string;
}
