import { add, matrixProduct, multiply, reduce, reshape, slice, subtract, unary } from '../arithmetic.ts';
import { attribute, FLOAT, INT32, output, type GraphBuilder, type NodeDef, type Output } from '../builder.ts';
import {
  grouped,
  isOfBatch,
  LEAST_VALUES,
  replaceNodes,
  valuesIn,
  type Rewrite,
  type RewriteContext,
} from './rewrite.ts';

/** Slices of a batch whose values are added up side by side, at most. */
const SLICES = 8;

/**
 * Batch norm written out as sums over the batch and arithmetic on single values, which can then be compiled together with
 * what stands around it (`elementwise-fusion`). With m values a channel, k[c] one of them, s = 1 / sqrt(variance +
 * epsilon) and d = x - k:
 *
 *     mean = k + sum d / m        variance = sum d^2 / m - (sum d / m)^2
 *     y = (x - mean) (gamma s) + beta
 *
 *     dbeta = sum dy        dgamma = s sum dy (x - mean)
 *     dx = gamma s dy + (x - mean) (-gamma s^2 dgamma / m) + (-gamma s dbeta / m)
 *
 * (Ioffe & Szegedy 2015; k keeps the variance from being a small difference of large numbers: Chan, Golub & LeVeque 1983. It
 * is the middle pixel's value, as a border's may be far from all others.)
 * Each sum is taken in two steps: values of slices of the batch are added one to another, then a product with a row of ones
 * adds up the rest. x, y: n, y, x, c; all else: c.
 */
export const batchNormBySums: Rewrite = {
  name: 'batch-norm-by-sums',
  does: `batch norm as sums over the batch and arithmetic on single values, for elementwise-fusion (from ${grouped(LEAST_VALUES)} values)`,
  needs: [],
  when: ({ device }) => device === 'cpu',
  apply(old, target) {
    const least = target === undefined ? 0 : LEAST_VALUES;
    const statistics = new Map<Output, Statistics>();
    return replaceNodes(old, (node, context) => {
      if (!isOfBatch(node)) return false;
      const x = node.input[node.op === 'FusedBatchNormGradV3' ? 1 : 0] as Output;
      const shape = context.shape(x);
      if (shape === undefined || valuesIn(shape) < least) return false;
      const ofX = statistics.get(x) ?? writeStatistics(node, x, shape, context.graph);
      statistics.set(x, ofX);
      if (node.op === 'FusedBatchNormV3') writeForward(node, shape, ofX, context);
      else writeGradient(node, shape, ofX, context);
      return true;
    });
  },
};

/** Of a tensor's values by channel: float32 [c] each. */
interface Statistics {
  readonly mean: Output;
  /** Biased. */
  readonly variance: Output;
  /** 1 / sqrt(variance + epsilon). */
  readonly inverseDeviation: Output;
}

/** Writes the statistics of x, as the first norm that reads it. (Norms of one tensor have one epsilon.) */
function writeStatistics(norm: NodeDef, x: Output, shape: readonly number[], graph: GraphBuilder): Statistics {
  const named = (part: string): string => `${norm.name}/${part}`;
  const [, height, width, channels] = shape as [number, number, number, number];
  const share = graph.scalar(channels / valuesIn(shape));
  const middle = [0, Math.floor(height / 2), Math.floor(width / 2), 0];
  const origin = reshape(graph, named('origin'), slice(graph, named('pixel'), x, middle, [1, 1, 1, channels]), [
    channels,
  ]);
  const moved = graph.note(subtract(graph, named('moved'), x, origin), shape);
  const squared = graph.note(multiply(graph, named('squared'), moved, moved), shape);
  const [sum, squareSum] = sumsOverBatch(graph, named('sums'), [moved, squared], shape);
  const movedMean = multiply(graph, named('moved_mean'), sum, share);
  const meanSquare = multiply(graph, named('mean_square'), squareSum, share);
  const difference = subtract(
    graph,
    named('variance_or_less'),
    meanSquare,
    unary(graph, 'Square', named('squared_mean'), movedMean),
  );
  const variance = graph.add('Maximum', named('variance'), [difference, graph.scalar(0)], { T: FLOAT });
  const epsilon = graph.scalar((norm.attr['epsilon'] as { f: number }).f);
  return {
    mean: add(graph, named('mean'), origin, movedMean),
    variance,
    inverseDeviation: unary(
      graph,
      'Rsqrt',
      named('inverse_deviation'),
      add(graph, named('guarded_variance'), variance, epsilon),
    ),
  };
}

function writeForward(node: NodeDef, shape: readonly number[], statistics: Statistics, context: RewriteContext): void {
  const { graph, redirect } = context;
  const { mean, variance, inverseDeviation } = statistics;
  const [x, gamma, beta] = node.input as [Output, Output, Output];
  const named = (part: string): string => `${node.name}/${part}`;
  const count = valuesIn(shape) / (shape[3] as number);
  const slope = multiply(graph, named('slope'), gamma, inverseDeviation);
  const centred = graph.note(subtract(graph, named('centred'), x, mean), shape);
  const scaled = graph.note(multiply(graph, named('scaled'), centred, slope), shape);
  graph.note(graph.replace(node, 'AddV2', [scaled, beta], { T: FLOAT }), shape);
  redirect(output(node.name, 1), mean);
  // FusedBatchNormV3 reports sample variances.
  const sample = multiply(graph, named('sample_variance'), variance, graph.scalar(count / Math.max(1, count - 1)));
  redirect(output(node.name, 2), sample);
}

function writeGradient(node: NodeDef, shape: readonly number[], statistics: Statistics, context: RewriteContext): void {
  const { graph, redirect } = context;
  const { mean, inverseDeviation } = statistics;
  const [dy, x, gamma] = node.input as [Output, Output, Output];
  const named = (part: string): string => `${node.name}/${part}`;
  const share = graph.scalar(-(shape[3] as number) / valuesIn(shape));

  const centred = graph.note(subtract(graph, named('centred'), x, mean), shape);
  const weighed = graph.note(multiply(graph, named('weighed'), dy, centred), shape);
  const [dBeta, weighedSum] = sumsOverBatch(graph, named('sums'), [dy, weighed], shape);
  const dGamma = multiply(graph, named('dgamma'), weighedSum, inverseDeviation);
  const slope = multiply(graph, named('slope'), gamma, inverseDeviation);
  const meanSlope = multiply(graph, named('mean_slope'), slope, share);
  const varianceSlope = multiply(
    graph,
    named('variance_slope'),
    multiply(graph, named('slope_square'), meanSlope, inverseDeviation),
    dGamma,
  );
  const direct = graph.note(multiply(graph, named('direct'), dy, slope), shape);
  const byVariance = graph.note(multiply(graph, named('by_variance'), centred, varianceSlope), shape);
  const both = graph.note(add(graph, named('direct_and_variance'), direct, byVariance), shape);
  const byMean = multiply(graph, named('by_mean'), meanSlope, dBeta);
  graph.note(graph.replace(node, 'AddV2', [both, byMean], { T: FLOAT }), shape);
  redirect(output(node.name, 1), dGamma);
  redirect(output(node.name, 2), dBeta);
}

/**
 * The sums of two tensors (n, y, x, c) over the first three axes: float32 [c] each. Until the last step they are the real and
 * the imaginary part of one tensor, so that one pass makes both: XLA makes a pass of its own for every tensor.
 */
function sumsOverBatch(
  graph: GraphBuilder,
  name: string,
  tensors: readonly [Output, Output],
  shape: readonly number[],
): readonly [Output, Output] {
  const [n, height, width, channels] = shape as [number, number, number, number];
  let slices = SLICES;
  while ((n * height) % slices !== 0) slices /= 2;
  const pixels = (n * height * width) / slices;
  const partial = tensors.map((tensor, k) => {
    const sliced = reshape(graph, `${name}/slices${k + 1}`, tensor, [slices, pixels, channels]);
    return reduce(graph, 'Sum', `${name}/partial${k + 1}`, sliced, [0]);
  });
  const complex = attribute.type('DT_COMPLEX64');
  const both = graph.add('Complex', `${name}/both`, partial, { T: FLOAT, Tout: complex });
  const pairs = graph.add('Bitcast', `${name}/pairs`, [both], { T: complex, type: FLOAT });
  const ones = graph.add('Fill', `${name}/ones`, [graph.ints([1, pixels]), graph.scalar(1)], {
    T: FLOAT,
    index_type: INT32,
  });
  const row = matrixProduct(
    graph,
    `${name}/row`,
    ones,
    reshape(graph, `${name}/columns`, pairs, [pixels, 2 * channels]),
  );
  const perChannel = reshape(graph, `${name}/per_channel`, row, [channels, 2]);
  const [first, second] = [0, 1].map((k) =>
    reshape(graph, `${name}/${k + 1}`, slice(graph, `${name}/column${k + 1}`, perChannel, [0, k], [channels, 1]), [
      channels,
    ]),
  );
  return [first as Output, second as Output];
}
