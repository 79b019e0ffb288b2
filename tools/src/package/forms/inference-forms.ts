import {
  foldNorms,
  foldUpsampling,
  inferenceForm,
  sigmoidHead,
  type Network,
  type ParameterValues,
} from '@dilated-unet/core';
import type { TrainedNetwork } from '@dilated-unet/trainer';

/** A trained network as another one that is the same function. */
export interface InferenceForm {
  readonly network: Network;
  readonly values: ParameterValues;
}

/** Channels that ONNX Runtime computes at once on x86 with AVX-512; with AVX2 it is half of it. */
const BLOCK = 16;

/** For processors with vectors of many numbers: batch norms folded, channels in blocks. */
export function inBlocks(trained: TrainedNetwork, block = BLOCK): InferenceForm {
  const { network, values } = plain(trained);
  return foldNorms(network, values, { block });
}

/** For WebAssembly, which gains nothing from blocks: the least arithmetic. */
export function leastArithmetic(trained: TrainedNetwork): InferenceForm {
  const { network, values } = plain(trained);
  const folded = foldNorms(network, values);
  return foldUpsampling(folded.network, folded.values);
}

function plain({ network, weights }: TrainedNetwork): InferenceForm {
  return sigmoidHead(inferenceForm(network), weights);
}
