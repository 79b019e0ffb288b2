import { add, matrixProduct, multiply, reduce, reshape, slice, subtract, unary } from '../arithmetic.ts';
import { FLOAT, INT32, NHWC, output, type GraphBuilder, type NodeDef, type Output } from '../builder.ts';
import {
  grouped,
  isOfBatch,
  LEAST_VALUES,
  replaceNodes,
  valuesIn,
  visit,
  type Graph,
  type GraphContext,
  type Rewrite,
  type RewriteContext,
} from './rewrite.ts';

/** Filters of a convolution at most: the gradient by its input is written as a product for each. */
const MOST_FILTERS = 2;

/**
 * A batch norm that only a 1 x 1 convolution reads (the network's head), as part of that convolution: what is normed is neither
 * stored nor made again. With s = gamma r, r = 1 / sqrt(variance + epsilon) and m values a channel, forward
 *
 *     y[o] = sum over c of  x[c] u[c, o]  +  sum over c of  (beta[c] - s[c] mean[c]) k[c, o]        u[c, o] = s[c] k[c, o]
 *
 * and backward, from S[o] = sum dy[o] and H[c, o] = sum (x[c] - mean[c]) dy[o] over all pixels:
 *
 *     dk[c, o] = s[c] H[c, o] + beta[c] S[o]
 *     dbeta[c] = sum over o of k[c, o] S[o]        dgamma[c] = r[c] sum over o of k[c, o] H[c, o]
 *     dx[c] = sum over o of dy[o] u[c, o]  -  (x[c] - mean[c]) s[c] r[c] dgamma[c] / m  -  s[c] dbeta[c] / m
 *
 * (Ioffe & Szegedy 2015.) dx is arithmetic on x and dy, which can be compiled together with what stands behind it
 * (`elementwise-fusion`). x: n, y, x, c; y: n, y, x, o; k: 1, 1, c, o.
 */
export const batchNormFolding: Rewrite = {
  name: 'batch-norm-folding',
  does: `the norm of the head as part of its 1 x 1 convolution, forward and backward: what is normed is neither stored nor recomputed (from ${grouped(LEAST_VALUES)} values)`,
  needs: [],
  // For float32 alone: it takes a mean from sums of products, of which bfloat16 has rounded the factors.
  when: ({ device, precision }) => device === 'cpu' && precision === 'float32',
  apply(old, target) {
    const pairs = pairsOf(old, target === undefined ? 0 : LEAST_VALUES);
    const forwards = new Map<Pair, Forward>();
    const sums = new Map<Pair, Sums>();
    return replaceNodes(old, (node, context) => {
      const pair = pairs.find(({ conv, kernelGradient, inputGradient, normGradient }) =>
        [conv, kernelGradient, inputGradient, normGradient].includes(node),
      );
      if (pair === undefined) return false;
      const forward = forwards.get(pair) ?? writeForward(pair, context.graph);
      forwards.set(pair, forward);
      if (node === pair.kernelGradient) sums.set(pair, writeKernelGradient(pair, forward, context.graph));
      if (node === pair.normGradient) writeNormGradient(pair, forward, sums.get(pair) as Sums, context);
      return true;
    });
  },
};

/** A norm and its convolution, and the nodes of their gradients. */
interface Pair {
  readonly norm: NodeDef;
  readonly conv: NodeDef;
  readonly kernelGradient: NodeDef;
  readonly inputGradient: NodeDef;
  readonly normGradient: NodeDef;
  /** Of x (n, y, x, c). */
  readonly shape: readonly [number, number, number, number];
  readonly filters: number;
}

/** float32 (c) each; `kernel`, k, and `scaledKernel`, u: (c, o). */
interface Forward {
  readonly mean: Output;
  readonly inverseDeviation: Output;
  readonly slope: Output;
  readonly kernel: Output;
  readonly scaledKernel: Output;
}

/** `ofGradient`, S: (1, o). `ofProducts`, H: (c, o). */
interface Sums {
  readonly ofGradient: Output;
  readonly ofProducts: Output;
}

function pairsOf(old: Graph, least: number): readonly Pair[] {
  const pairs: Pair[] = [];
  visit(old, (node, context) => {
    const pair = node.op === 'Conv2D' ? pairOf(node, context) : undefined;
    if (pair !== undefined && valuesIn(pair.shape) >= least) pairs.push(pair);
  });
  return pairs;
}

function pairOf(conv: NodeDef, context: GraphContext): Pair | undefined {
  const [normed, kernel] = conv.input as [Output, Output];
  const norm = context.producer(normed);
  const kernelShape = context.shape(kernel);
  if (!isOfBatch(norm) || kernelShape?.[0] !== 1 || (kernelShape[3] as number) > MOST_FILTERS) return undefined;
  const x = norm.input[0] as Output;
  const [kernelGradient, ...more] = context.readers(normed).filter((reader) => reader !== conv);
  const shape = context.shape(x);
  if (kernelGradient?.op !== 'Conv2DBackpropFilter' || more.length > 0 || shape === undefined) return undefined;
  const dy = kernelGradient.input[2] as Output;
  const inputGradient = context
    .readers(dy)
    .find(({ op, input }) => op === 'Conv2DBackpropInput' && input[1] === kernel);
  const normGradient = inputGradient === undefined ? undefined : context.readers(inputGradient.name)[0];
  if (inputGradient === undefined || normGradient?.op !== 'FusedBatchNormGradV3' || context.shape(dy) === undefined)
    return undefined;
  const [n, height, width, channels] = shape as [number, number, number, number];
  const filters = kernelShape[3] as number;
  return { norm, conv, kernelGradient, inputGradient, normGradient, shape: [n, height, width, channels], filters };
}

/** Values of a channel. */
function countOf({ shape: [n, height, width] }: Pair): number {
  return n * height * width;
}

function writeForward(pair: Pair, graph: GraphBuilder): Forward {
  const { norm, conv, shape, filters } = pair;
  const channels = shape[3];
  const [x, gamma, beta] = norm.input as [Output, Output, Output];
  const named = (part: string): string => `${norm.name}/folded/${part}`;
  const mean = output(norm.name, 1);
  // FusedBatchNormV3 reports sample variances.
  const share = graph.scalar((countOf(pair) - 1) / countOf(pair));
  const variance = multiply(graph, named('variance'), output(norm.name, 2), share);
  const epsilon = graph.scalar((norm.attr['epsilon'] as { f: number }).f);
  const guarded = add(graph, named('guarded_variance'), variance, epsilon);
  const inverseDeviation = unary(graph, 'Rsqrt', named('inverse_deviation'), guarded);
  const slope = multiply(graph, named('slope'), gamma, inverseDeviation);
  const kernel = reshape(graph, named('kernel'), conv.input[1] as Output, [channels, filters]);
  const scaledKernel = multiply(
    graph,
    named('scaled_kernel'),
    reshape(graph, named('slopes'), slope, [channels, 1]),
    kernel,
  );
  const shift = subtract(graph, named('shift'), beta, multiply(graph, named('mean_slope'), mean, slope));
  const shifts = matrixProduct(
    graph,
    named('shifts'),
    reshape(graph, named('shift_row'), shift, [1, channels]),
    kernel,
  );
  const taps = reshape(graph, named('taps'), scaledKernel, [1, 1, channels, filters]);
  const y = graph.add('Conv2D', named('conv'), [x, taps], conv.attr);
  graph.replace(conv, 'BiasAdd', [y, reshape(graph, named('bias'), shifts, [filters])], {
    T: FLOAT,
    data_format: NHWC,
  });
  return { mean, inverseDeviation, slope, kernel, scaledKernel };
}

function writeKernelGradient(pair: Pair, { mean, slope }: Forward, graph: GraphBuilder): Sums {
  const { norm, kernelGradient, shape, filters } = pair;
  const channels = shape[3];
  const [, sizes, dy] = kernelGradient.input as [Output, Output, Output];
  const named = (part: string): string => `${kernelGradient.name}/folded/${part}`;
  const column = (part: string, values: Output): Output => reshape(graph, named(part), values, [channels, 1]);
  const byX = graph.add(
    'Conv2DBackpropFilter',
    named('by_x'),
    [norm.input[0] as Output, sizes, dy],
    kernelGradient.attr,
  );
  const dySum = graph.add('BiasAddGrad', named('gradient_sum'), [dy], { T: FLOAT, data_format: NHWC });
  const ofGradient = reshape(graph, named('gradient_sums'), dySum, [1, filters]);
  const products = reshape(graph, named('products'), byX, [channels, filters]);
  const byMean = multiply(graph, named('by_mean'), column('mean', mean), ofGradient);
  const ofProducts = subtract(graph, named('centred_products'), products, byMean);
  const bySlope = multiply(graph, named('by_slope'), column('slope', slope), ofProducts);
  const byShift = multiply(graph, named('by_beta'), column('beta', norm.input[2] as Output), ofGradient);
  const gradient = add(graph, named('gradient'), bySlope, byShift);
  graph.replace(kernelGradient, 'Reshape', [gradient, graph.ints([1, 1, channels, filters])], {
    T: FLOAT,
    Tshape: INT32,
  });
  return { ofGradient, ofProducts };
}

function writeNormGradient(
  pair: Pair,
  forward: Forward,
  { ofGradient, ofProducts }: Sums,
  { graph, redirect }: RewriteContext,
): void {
  const { norm, kernelGradient, normGradient, shape, filters } = pair;
  const { mean, inverseDeviation, slope, kernel, scaledKernel } = forward;
  const [n, height, width, channels] = shape;
  const named = (part: string): string => `${normGradient.name}/${part}`;
  const noted = (tensor: Output): Output => graph.note(tensor, shape);
  const overFilters = (part: string, sums: Output): Output =>
    reduce(graph, 'Sum', named(part), multiply(graph, named(`${part}_terms`), kernel, sums), [1]);
  const dBeta = overFilters('dbeta', ofGradient);
  const dGamma = multiply(graph, named('dgamma'), overFilters('weighed_products', ofProducts), inverseDeviation);

  const dy = kernelGradient.input[2] as Output;
  // Subtractions of negatives: a chain of additions TensorFlow would make one AddN.
  const negative = multiply(graph, named('negative_kernel'), scaledKernel, graph.scalar(-1));
  const terms = Array.from({ length: filters }, (_, o) => {
    const dyOfFilter = slice(graph, named(`dy${o}`), dy, [0, 0, 0, o], [-1, -1, -1, 1]);
    const column = slice(graph, named(`column${o}`), o === 0 ? scaledKernel : negative, [0, o], [channels, 1]);
    const weights = reshape(graph, named(`weights${o}`), column, [channels]);
    return noted(multiply(graph, named(`term${o}`), graph.note(dyOfFilter, [n, height, width, 1]), weights));
  });
  const direct = terms.reduce((total, term, o) => noted(subtract(graph, named(`direct${o}`), total, term)));
  const meanSlope = multiply(graph, named('mean_slope'), slope, graph.scalar(-1 / countOf(pair)));
  const varianceSlope = multiply(
    graph,
    named('variance_slope'),
    multiply(graph, named('slope_square'), meanSlope, inverseDeviation),
    dGamma,
  );
  const centred = noted(subtract(graph, named('centred'), norm.input[0] as Output, mean));
  const byVariance = noted(multiply(graph, named('by_variance'), centred, varianceSlope));
  const both = noted(add(graph, named('direct_and_variance'), direct, byVariance));
  graph.note(
    graph.replace(normGradient, 'AddV2', [both, multiply(graph, named('by_mean'), meanSlope, dBeta)], { T: FLOAT }),
    shape,
  );
  redirect(output(normGradient.name, 1), dGamma);
  redirect(output(normGradient.name, 2), dBeta);
}
