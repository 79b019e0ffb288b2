import {
  foldConcats,
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
 * Channels that ONNX Runtime computes at once on x86 with AVX2. With AVX-512 it is twice as many, and there it fills up tensors
 * by itself.
 */
const BLOCK = 8;
/** In blocks of 8, the 88 channels of the deepest decoder have no room for the one that carries the norm behind them. */
const JOINED_BLOCK = 16;
/** Upsampled channels from which on native kernels gain from the small map; below, interleaving costs what it saves. */
const FOLDED_CHANNELS = 64;
/** Bytes of which a processor adds up the products at once. */
const DOT_PRODUCT = 4;

/**
 * For kernels of float32, which add while they convolve: batch norms folded, channels in blocks, nothing concatenated, and the
 * upsampling of many channels done by the convolution behind it.
 */
export function inSums(trained: TrainedNetwork): InferenceForm {
  const { network, values } = plain(trained);
  const folded = foldNorms(network, values, { block: BLOCK, joinedBlock: JOINED_BLOCK });
  const added = foldConcats(folded.network, folded.values);
  return foldUpsampling(added.network, added.values, { leastChannels: FOLDED_CHANNELS });
}

/**
 * For kernels of integers: all batch norms folded that can be, channels in fours. A norm would compute in float32, and what stands
 * around it lose the layout of the convolutions, in which alone pooling is fast.
 */
export function inBlocks(trained: TrainedNetwork): InferenceForm {
  const { network, values } = plain(trained);
  return foldNorms(network, values, { block: DOT_PRODUCT, furtherBlock: true });
}

/**
 * For WebAssembly, which computes channels one by one: the least arithmetic. There a batch norm costs no more than the channel
 * that would carry it.
 */
export function leastArithmetic(trained: TrainedNetwork): InferenceForm {
  const { network, values } = plain(trained);
  return foldUpsampling(network, values);
}

function plain({ network, weights }: TrainedNetwork): InferenceForm {
  return sigmoidHead(inferenceForm(network), weights);
}
