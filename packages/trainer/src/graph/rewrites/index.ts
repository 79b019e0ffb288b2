import { rematerialisation } from './rematerialisation.ts';
import { batchNormBeforeConcat } from './batch-norm-before-concat.ts';
import { batchNormBySums } from './batch-norm-by-sums.ts';
import { batchNormFolding } from './batch-norm-folding.ts';
import { biasGradientAsProduct } from './bias-gradient-as-product.ts';
import { convolutionsInBfloat16 } from './convolutions-in-bfloat16.ts';
import { dropoutScaleFolding } from './dropout-scale-folding.ts';
import { elementwiseFusion } from './elementwise-fusion.ts';
import { filterGradientAsProduct } from './filter-gradient-as-product.ts';
import { filterGradientOverStrips } from './filter-gradient-over-strips.ts';
import { inputGradientAsConvolution } from './input-gradient-as-convolution.ts';
import { masksAsBytes } from './masks-as-bytes.ts';
import { masksDrawnLate } from './masks-drawn-late.ts';
import { randomBitsCompiled } from './random-bits-compiled.ts';
import { upsampledConvolution } from './upsampled-convolution.ts';
import { winogradAlongY } from './winograd-along-y.ts';
import { winogradAsProducts } from './winograd-as-products.ts';
import type { Graph, Precision, Rewrite, Target } from './rewrite.ts';

/** All rewrites, in the order in which they are applied. A new one is a file beside this and a line here. */
export const REWRITES: readonly Rewrite[] = [
  upsampledConvolution,
  dropoutScaleFolding,
  masksDrawnLate,
  masksAsBytes,
  batchNormFolding,
  batchNormBeforeConcat,
  batchNormBySums,
  rematerialisation,
  winogradAlongY,
  winogradAsProducts,
  inputGradientAsConvolution,
  filterGradientAsProduct,
  filterGradientOverStrips,
  elementwiseFusion,
  randomBitsCompiled,
  biasGradientAsProduct,
  convolutionsInBfloat16,
];

/** The rewrites that make a training graph fast on `target`, in order, each limited to what it makes faster there. */
export function rewritesFor(target: Target): readonly Rewrite[] {
  return REWRITES.filter((rewrite) => rewrite.when(target)).map((rewrite) => ({
    ...rewrite,
    apply: (graph) => rewrite.apply(graph, target),
  }));
}

/** `rewrites` without the one called `name` and without those that need it. */
export function leaveOut(rewrites: readonly Rewrite[], name: string): readonly Rewrite[] {
  const gone = new Set([name]);
  return rewrites.filter((rewrite) => {
    if (rewrite.needs.some((needed) => gone.has(needed))) gone.add(rewrite.name);
    return !gone.has(rewrite.name);
  });
}

/**
 * The graph after all of `rewrites`, in order.
 *
 * @throws RangeError when one of them needs another that does not come before it.
 */
export function rewriteGraph(graph: Graph, rewrites: readonly Rewrite[]): Graph {
  const before = new Set<string>();
  for (const { name, needs } of rewrites) {
    const missing = needs.filter((needed) => !before.has(needed));
    if (missing.length > 0) {
      throw new RangeError(
        `The rewrite ${name} needs ${missing.join(', ')} before it; received ${[...before].join(', ') || 'none'} before it.`,
      );
    }
    before.add(name);
  }
  return rewrites.reduce((written, rewrite) => rewrite.apply(written), graph);
}

export type { Graph, Precision, Rewrite, Target };
