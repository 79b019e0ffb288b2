import { activationsRecomputed } from './activations-recomputed.ts';
import { batchNormBeforeConcat } from './batch-norm-before-concat.ts';
import { batchNormBySums } from './batch-norm-by-sums.ts';
import { batchNormIntoConvolution } from './batch-norm-into-convolution.ts';
import { biasGradientAsProduct } from './bias-gradient-as-product.ts';
import { dropoutScaleIntoBatchNorm } from './dropout-scale-into-batch-norm.ts';
import { elementwiseCompiled } from './elementwise-compiled.ts';
import { filterGradientAsProduct } from './filter-gradient-as-product.ts';
import { filterGradientSwapped } from './filter-gradient-swapped.ts';
import { inputGradientAsConvolution } from './input-gradient-as-convolution.ts';
import { masksAsBytes } from './masks-as-bytes.ts';
import { masksDrawnLate } from './masks-drawn-late.ts';
import { randomBitsCompiled } from './random-bits-compiled.ts';
import { upsampledConvolution } from './upsampled-convolution.ts';
import { winogradAlongY } from './winograd-along-y.ts';
import { winogradAsProducts } from './winograd-as-products.ts';
import type { Graph, Rewrite } from './rewrite.ts';

/** All rewrites by name, each applied wherever it can be, in the order in which they are applied. */
export const REWRITES: ReadonlyMap<string, Rewrite> = new Map(
  [
    upsampledConvolution,
    dropoutScaleIntoBatchNorm,
    masksDrawnLate,
    masksAsBytes,
    batchNormIntoConvolution(),
    batchNormBeforeConcat(),
    batchNormBySums(),
    activationsRecomputed(),
    winogradAlongY(),
    winogradAsProducts(),
    inputGradientAsConvolution(),
    filterGradientAsProduct(),
    filterGradientSwapped(),
    elementwiseCompiled(),
    randomBitsCompiled(),
    biasGradientAsProduct,
  ].map((rewrite) => [rewrite.name, rewrite]),
);

/** The rewrite called `name`. @throws RangeError listing those that there are. */
export function namedRewrite(name: string): Rewrite {
  const rewrite = REWRITES.get(name);
  if (rewrite !== undefined) return rewrite;
  throw new RangeError(`There is no rewrite ${name}; there are ${[...REWRITES.keys()].join(', ')}.`);
}

/** The graph after all of `rewrites`, in order. */
export function rewriteGraph(graph: Graph, rewrites: readonly Rewrite[]): Graph {
  return rewrites.reduce((written, rewrite) => rewrite.apply(written), graph);
}

export type { Graph, Rewrite };
