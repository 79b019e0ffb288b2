import { add, multiply, reduce, reshape, subtract, unary } from '../arithmetic.ts';
import {
  attribute,
  FLOAT,
  INT32,
  nodeOf,
  output,
  type Attribute,
  type GraphBuilder,
  type NodeDef,
  type Output,
} from '../builder.ts';
import { isOfBatch, replaceNodes, type Rewrite, type RewriteContext } from './rewrite.ts';

/** Channels that the vector kernels take at a time (AVX-512: 16 floats; AVX2 divides it). */
const LANES = 16;

/**
 * Batch norm in a shape that the processor's vectors divide. TensorFlow's CPU kernels are up to ten times slower where the
 * channels are no multiple of 16, as with 22, 44, 66 or 88. But p neighbouring pixels of c channels are, in memory, one
 * pixel of p c channels: (n, y, x, c) is read as (n, y, x / p, p c), with the least p that makes p c a multiple of 16.
 *
 * Statistics come for each of the p c columns, q = 1 ... p, and are put together (m values a channel, m / p a column):
 *
 *     mean[c] = sum over q of mean[q, c] / p
 *     variance[c] = sum over q of (variance[q, c] + (mean[q, c] - mean[c])^2) / p
 *
 * (Chan, Golub & LeVeque 1983), and the norm is applied with these, repeated p times. Backward, with s = 1 /
 * sqrt(variance + epsilon) and z = (x - mean) s, the columns' sums of dy and dy z are added up to dbeta and dgamma, and
 *
 *     dx = gamma s dy  -  (gamma s / m) (dbeta + z dgamma)
 *
 * whose two terms are a frozen norm's gradient and a frozen norm of x.
 */
export const batchNormOverWideRows: Rewrite = {
  name: 'batch-norm-over-wide-rows',
  apply: (old) =>
    replaceNodes(old, (node, context) => {
      if (node.op === 'FusedBatchNormV3') return writeForward(node, context);
      if (node.op === 'FusedBatchNormGradV3') return writeGradient(node, context);
      return false;
    }),
};

/** The wide view of a norm's input. */
interface WideRows {
  /** Pixels that become one. */
  readonly pixels: number;
  readonly channels: number;
  /** Values per channel. */
  readonly count: number;
  readonly wide: readonly number[];
  readonly narrow: readonly number[];
}

function wideRows(shape: readonly number[] | undefined): WideRows | undefined {
  if (shape === undefined) return undefined;
  const [n, height, width, channels] = shape as [number, number, number, number];
  let pixels = 1;
  while ((pixels * channels) % LANES !== 0) pixels *= 2;
  if (pixels === 1 || width % pixels !== 0) return undefined;
  return {
    pixels,
    channels,
    count: n * height * width,
    wide: [n, height, width / pixels, pixels * channels],
    narrow: shape,
  };
}

function writeForward(node: NodeDef, context: RewriteContext): boolean {
  const [x, gamma, beta, none] = node.input as [Output, Output, Output, Output, Output];
  const rows = isOfBatch(node) ? wideRows(context.shape(x)) : undefined;
  if (rows === undefined) return false;
  const { graph } = context;
  const { pixels, channels, count } = rows;
  const named = (part: string): string => `${node.name}/${part}`;
  const columns = graph.ints([pixels, channels]);
  const byColumn = (part: string, tensor: Output): Output =>
    graph.add('Reshape', named(part), [tensor, columns], { T: FLOAT, Tshape: INT32 });
  const perChannel = (part: string, tensor: Output): Output => reduce(graph, 'Mean', named(part), tensor, [0]);

  const wideX = reshape(graph, named('wide_x'), x, rows.wide);
  const ones = constantVector(graph, named('ones'), pixels * channels, 1);
  const zeros = constantVector(graph, named('zeros'), pixels * channels, 0);
  const statistics = graph.add(
    'FusedBatchNormV3',
    named('column_statistics'),
    [wideX, ones, zeros, none, none],
    node.attr,
  );
  const means = byColumn('column_means', output(statistics, 1));
  const mean = perChannel('mean', means);
  const deviation = subtract(graph, named('mean_deviation'), means, mean);
  const values = count / pixels;
  // FusedBatchNormV3 reports sample variances.
  const variances = multiply(
    graph,
    named('column_variances'),
    byColumn('column_sample_variances', output(statistics, 2)),
    graph.scalar((values - 1) / values),
  );
  const spread = add(graph, named('spread'), variances, unary(graph, 'Square', named('squared_deviation'), deviation));
  const variance = perChannel('variance', spread);
  const repeated = (part: string, tensor: Output): Output => repeat(graph, named(`wide_${part}`), tensor, pixels);
  const normed = graph.add(
    'FusedBatchNormV3',
    named('wide'),
    [wideX, repeated('gamma', gamma), repeated('beta', beta), repeated('mean', mean), repeated('variance', variance)],
    frozen(node.attr),
  );
  graph.replace(node, 'Reshape', [normed, graph.ints(rows.narrow)], { T: FLOAT, Tshape: INT32 });
  context.redirect(output(node.name, 1), mean);
  context.redirect(
    output(node.name, 2),
    multiply(graph, named('sample_variance'), variance, graph.scalar(count / Math.max(1, count - 1))),
  );
  return true;
}

function writeGradient(node: NodeDef, context: RewriteContext): boolean {
  const [dy, x, gamma, reserve] = node.input as [Output, Output, Output, Output];
  const rows = isOfBatch(node) ? wideRows(context.shape(x)) : undefined;
  if (rows === undefined) return false;
  const { graph } = context;
  const { pixels, channels, count } = rows;
  const norm = nodeOf(reserve);
  const named = (part: string): string => `${node.name}/${part}`;
  const repeated = (part: string, tensor: Output): Output => repeat(graph, named(`wide_${part}`), tensor, pixels);
  const [wideX, wideGamma, wideMean, wideVariance] = ['x', 'gamma', 'mean', 'variance'].map(
    (part) => `${norm}/wide_${part}`,
  ) as [Output, Output, Output, Output];
  const epsilon = node.attr['epsilon'] as { f: number };
  const none = graph.constant(named('none'), { shape: [0], data: new Float32Array(0) });
  const wideDy = reshape(graph, named('wide_dy'), dy, rows.wide);
  const direct = graph.add(
    'FusedBatchNormGradV3',
    named('direct'),
    [wideDy, wideX, wideGamma, wideMean, wideVariance, none],
    { ...node.attr, is_training: attribute.bool(false) },
  );
  const total = (part: string, k: number): Output =>
    reduce(
      graph,
      'Sum',
      named(part),
      graph.add('Reshape', named(`column_${part}`), [output(direct, k), graph.ints([pixels, channels])], {
        T: FLOAT,
        Tshape: INT32,
      }),
      [0],
    );
  const dGamma = total('dgamma', 1);
  const dBeta = total('dbeta', 2);
  const inverseDeviation = unary(
    graph,
    'Rsqrt',
    named('inverse_deviation'),
    add(graph, named('guarded_variance'), `${norm}/variance`, graph.scalar(epsilon.f)),
  );
  const weight = multiply(
    graph,
    named('weight'),
    multiply(graph, named('slope'), gamma, inverseDeviation),
    graph.scalar(-1 / count),
  );
  const throughStatistics = graph.add(
    'FusedBatchNormV3',
    named('through_statistics'),
    [
      wideX,
      repeated('correction_gamma', multiply(graph, named('correction_gamma'), weight, dGamma)),
      repeated('correction_beta', multiply(graph, named('correction_beta'), weight, dBeta)),
      wideMean,
      wideVariance,
    ],
    frozen(node.attr),
  );
  const wideDx = add(graph, named('wide_dx'), direct, throughStatistics);
  graph.replace(node, 'Reshape', [wideDx, graph.ints(rows.narrow)], { T: FLOAT, Tshape: INT32 });
  context.redirect(output(node.name, 1), dGamma);
  context.redirect(output(node.name, 2), dBeta);
  return true;
}

function frozen(attr: Readonly<Record<string, Attribute>>): Record<string, Attribute> {
  return { ...attr, exponential_avg_factor: attribute.float(1), is_training: attribute.bool(false) };
}

function repeat(graph: GraphBuilder, name: string, vector: Output, times: number): Output {
  return graph.add('Tile', name, [vector, graph.ints([times])], { T: FLOAT, Tmultiples: INT32 });
}

function constantVector(graph: GraphBuilder, name: string, length: number, value: number): Output {
  return graph.constant(name, { shape: [length], data: new Float32Array(length).fill(value) });
}
