import { reshape, sum } from '../arithmetic.ts';
import { attribute, FLOAT, INT32, NHWC, type Attribute, type GraphBuilder, type NodeDef, type Output } from '../builder.ts';
import { replaceNodes, type Rewrite, type RewriteContext } from './rewrite.ts';

/** Row parity and column parity of the pixels of a phase. */
const PHASES = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
] as const;

/**
 * A 3 x 3 convolution of an image that was upsampled by 2 (nearest neighbour), at the low resolution. Of the nine pixels
 * that an output pixel sees, those that came from one pixel of x are equal, so their weights can be added up first: the
 * outputs of even and odd rows and columns are four convolutions of x with 2 x 2 kernels, 4/9 of the arithmetic.
 *
 *     y[2v + a, 2u + b] = sum over r, s in {0, 1} of  x[v + r - 1 + a, u + s - 1 + b] K_ab[r, s]
 *
 * where row r of K_0 is k[-1] for r = 0 and k[0] + k[1] for r = 1; of K_1, k[-1] + k[0] and k[1]; columns likewise. As a
 * matrix: K = T k with T of 16 x 9 zeros and ones, hence dk = T' dK; and dx is the sum of the four phases' gradients.
 *
 * x: n, y, x, c; y: n, 2y, 2x, o; k: 3, 3, c, o; K: 4, 2, 2, c, o. Reference for the phases: Shi et al. 2016, "Is the
 * deconvolution layer the same as a convolutional layer?".
 */
export const upsampledConvolution: Rewrite = {
  name: 'upsampled-convolution-at-low-resolution',
  apply(old) {
    const matches = new Map<string, Match>();
    const role = new Map<string, { readonly match: Match; readonly part: 'output' | 'kernel' | 'input' }>();
    replaceNodes(old, (node, context) => {
      const match = node.op === 'Relu' ? matchForward(node, context) : undefined;
      if (match !== undefined) {
        matches.set(match.upsampled, match);
        role.set(node.name, { match, part: 'output' });
      }
      if (node.op === 'Conv2DBackpropFilter') {
        const found = matches.get(node.input[0] as string);
        if (found !== undefined) role.set(node.name, { match: found, part: 'kernel' });
      }
      if (node.op === 'Mul') {
        const pooled = context.producer(node.input[0] as string);
        const gradient = pooled.op === 'AvgPool' ? context.producer(pooled.input[0] as string) : undefined;
        const found =
          gradient?.op === 'Conv2DBackpropInput'
            ? [...matches.values()].find(({ kernel }) => kernel === gradient.input[1])
            : undefined;
        if (found !== undefined) role.set(node.name, { match: found, part: 'input' });
      }
      return false;
    });
    return replaceNodes(old, (node, context) => {
      const found = role.get(node.name);
      if (found === undefined) return false;
      WRITE[found.part](node, found.match, context);
      return true;
    });
  },
};

interface Match {
  /** The convolution's name. */
  readonly name: string;
  readonly x: Output;
  readonly upsampled: Output;
  readonly kernel: Output;
  readonly bias: Output;
  /** n, y, x, c of x. */
  readonly shape: readonly [number, number, number, number];
  readonly filters: number;
}

function matchForward(relu: NodeDef, { producer, shape, readers }: RewriteContext): Match | undefined {
  const biased = producer(relu.input[0] as string);
  const conv = biased.op === 'BiasAdd' ? producer(biased.input[0] as string) : undefined;
  if (conv?.op !== 'Conv2D' || readers(biased.name).length !== 1) return undefined;
  const resize = producer(conv.input[0] as string);
  const x = resize.input[0] as string;
  const sides = shape(x);
  const y = shape(relu.name);
  if (resize.op !== 'ResizeNearestNeighbor' || sides === undefined || y === undefined) return undefined;
  return {
    name: conv.name,
    x,
    upsampled: resize.name,
    kernel: conv.input[1] as string,
    bias: biased.input[1] as string,
    shape: sides as Match['shape'],
    filters: y[3] as number,
  };
}

const phaseKernel = (name: string, phase: number): Output => `${name}/phase_kernels${phase === 0 ? '' : `:${phase}`}`;

const WRITE = {
  output(node: NodeDef, { name, x, kernel, bias, shape, filters }: Match, { graph }: RewriteContext): void {
    const [n, height, width, channels] = shape;
    const taps = reshape(graph, `${name}/taps`, kernel, [9, channels * filters]);
    const mixed = product(graph, `${name}/mixed_taps`, mixing(graph, name), taps, false);
    graph.add('Unpack', `${name}/phase_kernels`, [reshape(graph, `${name}/kernels`, mixed, [4, 2, 2, channels, filters])], {
      T: FLOAT,
      num: attribute.int(4),
      axis: attribute.int(0),
    });
    const phases = PHASES.map(([a, b], phase) => {
      const conv = graph.add('Conv2D', `${name}/phase${phase}`, [x, phaseKernel(name, phase)], convolution(a, b));
      const biased = graph.add('BiasAdd', `${name}/phase${phase}_biased`, [conv, bias], { T: FLOAT, data_format: NHWC });
      return graph.add('Relu', `${name}/phase${phase}_relu`, [biased], { T: FLOAT });
    });
    const rows = [0, 1].map((a) =>
      reshape(
        graph,
        `${name}/row_phase${a}`,
        pack(graph, `${name}/columns${a}`, phases.slice(2 * a, 2 * a + 2), 3),
        [n, height, 2 * width, filters],
      ),
    );
    const woven = pack(graph, `${name}/rows`, rows, 2);
    graph.replace(node, 'Reshape', [woven, graph.ints([n, 2 * height, 2 * width, filters])], { T: FLOAT, Tshape: INT32 });
  },

  kernel(node: NodeDef, match: Match, { graph }: RewriteContext): void {
    const { name, x, shape, filters } = match;
    const channels = shape[3];
    const dy = phaseGradients(graph, match, node.input[2] as string);
    const gradients = PHASES.map(([a, b], phase) =>
      graph.add(
        'Conv2DBackpropFilter',
        `${name}/phase${phase}_kernel_gradient`,
        [x, graph.ints([2, 2, channels, filters]), dy[phase] as Output],
        convolution(a, b),
      ),
    );
    const stacked = reshape(graph, `${name}/tap_gradients`, pack(graph, `${name}/kernel_gradients`, gradients, 0), [
      16,
      channels * filters,
    ]);
    const taps = product(graph, `${name}/unmixed_gradients`, mixing(graph, name), stacked, true);
    graph.replace(node, 'Reshape', [taps, graph.ints([3, 3, channels, filters])], { T: FLOAT, Tshape: INT32 });
  },

  input(node: NodeDef, match: Match, { graph, producer }: RewriteContext): void {
    const { name, shape } = match;
    const gradient = producer(producer(node.input[0] as string).input[0] as string);
    const dy = phaseGradients(graph, match, gradient.input[2] as string);
    const terms = PHASES.map(([a, b], phase) =>
      graph.add(
        'Conv2DBackpropInput',
        `${name}/phase${phase}_input_gradient`,
        [graph.ints(shape), phaseKernel(name, phase), dy[phase] as Output],
        convolution(a, b),
      ),
    );
    graph.replace(node, 'AddV2', [sum(graph, `${name}/three_phases`, terms.slice(0, 3)), terms[3] as Output], { T: FLOAT });
  },
} as const;

/** dy of the four phases: n, y, x, o each. */
function phaseGradients(graph: GraphBuilder, { name, shape, filters }: Match, dy: Output): readonly Output[] {
  const [n, height, width] = shape;
  const node = `${name}/row_gradients`;
  if (!graph.nodes.some((known) => known.name === node)) {
    const split = reshape(graph, `${name}/gradient_rows`, dy, [n, height, 2, width, 2, filters]);
    unpack(graph, node, split, 2);
    for (const a of [0, 1]) unpack(graph, `${name}/column_gradients${a}`, a === 0 ? node : `${node}:1`, 3);
  }
  return PHASES.map(([a, b]) => `${name}/column_gradients${a}${b === 0 ? '' : ':1'}`);
}

/** T: which of the nine weights make up each of the sixteen of the phases. */
function mixing(graph: GraphBuilder, name: string): Output {
  const data = new Float32Array(16 * 9);
  // Of phase a, row r takes weights from ... to of the three.
  const taken = (phase: number, tap: number): readonly number[] =>
    phase === 0 ? (tap === 0 ? [0] : [1, 2]) : tap === 0 ? [0, 1] : [2];
  PHASES.forEach(([a, b], phase) => {
    for (const r of [0, 1]) {
      for (const s of [0, 1]) {
        for (const i of taken(a, r)) for (const j of taken(b, s)) data[(phase * 4 + r * 2 + s) * 9 + i * 3 + j] = 1;
      }
    }
  });
  return graph.constant(`${name}/mixing`, { shape: [16, 9], data });
}

function convolution(a: number, b: number): Record<string, Attribute> {
  return {
    T: FLOAT,
    strides: attribute.ints([1, 1, 1, 1]),
    dilations: attribute.ints([1, 1, 1, 1]),
    data_format: NHWC,
    padding: attribute.string('EXPLICIT'),
    explicit_paddings: attribute.ints([0, 0, 1 - a, a, 1 - b, b, 0, 0]),
  };
}

function pack(graph: GraphBuilder, name: string, tensors: readonly Output[], axis: number): Output {
  return graph.add('Pack', name, tensors, { T: FLOAT, N: attribute.int(tensors.length), axis: attribute.int(axis) });
}

function unpack(graph: GraphBuilder, name: string, tensor: Output, axis: number): void {
  graph.add('Unpack', name, [tensor], { T: FLOAT, num: attribute.int(2), axis: attribute.int(axis) });
}

function product(graph: GraphBuilder, name: string, a: Output, b: Output, transposed: boolean): Output {
  return graph.add('MatMul', name, [a, b], {
    T: FLOAT,
    transpose_a: attribute.bool(transposed),
    transpose_b: attribute.bool(false),
  });
}
