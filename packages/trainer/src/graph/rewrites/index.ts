import { batchNormOverWideRows } from './batch-norm-over-wide-rows.ts';
import { dropoutScaleIntoBatchNorm } from './dropout-scale-into-batch-norm.ts';
import { filterGradientAsProduct } from './filter-gradient-as-product.ts';
import { inputGradientAsConvolution } from './input-gradient-as-convolution.ts';
import { masksAsBytes } from './masks-as-bytes.ts';
import { masksDrawnLate } from './masks-drawn-late.ts';
import type { Graph, Rewrite } from './rewrite.ts';

/** All rewrites by name, each applied wherever it can be, in the order in which they are applied. */
export const REWRITES: ReadonlyMap<string, Rewrite> = new Map(
  [
    inputGradientAsConvolution(),
    filterGradientAsProduct(),
    dropoutScaleIntoBatchNorm,
    masksAsBytes,
    masksDrawnLate,
    batchNormOverWideRows,
  ].map((rewrite) => [rewrite.name, rewrite]),
);

/** The graph after all of `rewrites`, in order. */
export function rewriteGraph(graph: Graph, rewrites: readonly Rewrite[]): Graph {
  return rewrites.reduce((written, rewrite) => rewrite.apply(written), graph);
}

export type { Graph, Rewrite };
