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

/**
 * Channels that ONNX Runtime computes at once on x86 with AVX2. With AVX-512 it is twice as many: there it fills up tensors by
 * itself, but those that are joined, which would leave its blocked layout.
 */
const [BLOCK, JOINED_BLOCK] = [8, 16];

/** For processors with vectors of many numbers: batch norms folded, channels in blocks. */
export function inBlocks(trained: TrainedNetwork): InferenceForm {
  const { network, values } = plain(trained);
  return foldNorms(network, values, { block: BLOCK, joinedBlock: JOINED_BLOCK });
}

/** For kernels of integers, which have small blocks only: batch norms folded in as far as that goes. */
export function inSmallBlocks(trained: TrainedNetwork): InferenceForm {
  const { network, values } = plain(trained);
  return foldNorms(network, values, { block: BLOCK });
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
