import { matrixProduct, reshape } from '../arithmetic.ts';
import {
  attribute,
  FLOAT,
  INT32,
  NHWC,
  type Attribute,
  type GraphBuilder,
  type NodeDef,
  type Output,
} from '../builder.ts';
import { dilationOf, replaceNodes, visit, type GraphContext, type Rewrite, type RewriteContext } from './rewrite.ts';

/** Which of the three taps of a kernel's row (or column) make up each of the four of the transposed kernel. */
const MADE_OF = [[2], [1, 2], [0, 1], [0]] as const;
/** Height and width of the transposed kernel and of the kernel. */
const [WIDE, NARROW] = [4, 3] as const;

/**
 * A 3 x 3 convolution of an image that was upsampled by 2 (nearest neighbour), as one transposed convolution of the small
 * image: stride 2, 4 x 4 kernel, one pixel of padding. Of the nine pixels that an output pixel sees, those that came from
 * one pixel of x are equal, so their weights are added up first: 4/9 of the arithmetic, and no upsampled image.
 *
 *     y[r, q] = sum over v, u of  x[v, u] K[r - 2v + 1, q - 2u + 1]
 *
 * where row 0 of K is k[1], row 1 is k[0] + k[1], row 2 is k[-1] + k[0], row 3 is k[-1]; columns likewise. As a matrix:
 * K = T k with T of 16 x 9 zeros and ones, hence dk = T' dK. The gradient by x is the convolution of dy by K with stride 2,
 * and dK the gradient of that convolution by its kernel, where x stands for the gradient of its output.
 *
 * x: n, y, x, c; y: n, 2y, 2x, o; k: 3, 3, c, o; K: 4, 4, o, c. Reference: Dumoulin & Visin 2016, "A guide to convolution
 * arithmetic for deep learning", chapter 4.
 */
export const upsampledConvolution: Rewrite = {
  name: 'upsampled-convolution',
  does: 'upsampling and 3 x 3 convolution as one transposed convolution of the small image, 4 x 4, stride 2: 4/9 of the arithmetic, no upsampled image',
  needs: [],
  when: ({ device }) => device === 'cpu',
  apply(old) {
    const matches = new Map<string, Match>();
    const written = new Map<string, { readonly match: Match; readonly part: keyof typeof WRITE }>();
    const unread = new Set<string>();
    visit(old, (node, context) => {
      const match = node.op === 'Relu' ? matchForward(node, context) : undefined;
      if (match !== undefined) {
        matches.set(match.layer, match);
        written.set(node.name, { match, part: 'output' });
        for (const name of [match.upsampled, match.name, node.input[0] as string]) unread.add(name);
      }
      const read = context.role(node.input[0] ?? '');
      if (node.op === 'Conv2DBackpropFilter' && read?.kind === 'upsampled') {
        const found = matches.get(read.layer);
        if (found !== undefined) written.set(node.name, { match: found, part: 'kernel' });
      }
      const role = context.role(node.name);
      const found = role?.kind === 'upsample-gradient' ? matches.get(role.layer) : undefined;
      if (found !== undefined) {
        written.set(node.name, { match: found, part: 'input' });
        const pooled = context.producer(node.input[0] as Output);
        for (const name of [pooled.name, pooled.input[0] as string]) unread.add(name);
      }
    });
    return replaceNodes(old, (node, context) => {
      const found = written.get(node.name);
      if (found === undefined) return unread.has(node.name);
      WRITE[found.part](node, found.match, context);
      return true;
    });
  },
};

interface Match {
  /** The upsampling layer. */
  readonly layer: string;
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

function matchForward(relu: NodeDef, { producer, shape, readers, role }: GraphContext): Match | undefined {
  const biased = producer(relu.input[0] as Output);
  const conv = biased.op === 'BiasAdd' ? producer(biased.input[0] as Output) : undefined;
  if (conv?.op !== 'Conv2D' || readers(biased.name).length !== 1) return undefined;
  const [upsampled, kernel] = conv.input as [Output, Output];
  const { kind, layer } = role(upsampled) ?? {};
  const x = producer(upsampled).input[0] as Output;
  const [small, taps] = [shape(x), shape(kernel)];
  if (kind !== 'upsampled' || layer === undefined || small === undefined || shape(relu.name) === undefined)
    return undefined;
  const isAlone = readers(upsampled).every((reader) => reader === conv || reader.op === 'Conv2DBackpropFilter');
  if (!isAlone || taps?.[0] !== NARROW || dilationOf(conv) !== 1) return undefined;
  return {
    layer,
    name: conv.name,
    x,
    upsampled,
    kernel,
    bias: biased.input[1] as Output,
    shape: small as Match['shape'],
    filters: taps[3] as number,
  };
}

/** Where the transposed kernel of the convolution `name` is. */
const transposedKernel = (name: string): Output => `${name}/transposed_kernel`;

const WRITE = {
  output(node: NodeDef, { name, x, kernel, bias, shape, filters }: Match, { graph }: RewriteContext): void {
    const [n, height, width, channels] = shape;
    const taps = reshape(graph, `${name}/taps`, kernel, [NARROW * NARROW, channels * filters]);
    const mixed = matrixProduct(graph, `${name}/mixed_taps`, mixing(graph, name), taps);
    swapChannels(
      graph,
      transposedKernel(name),
      reshape(graph, `${name}/wide_kernel`, mixed, [WIDE, WIDE, channels, filters]),
    );
    const y = graph.add(
      'Conv2DBackpropInput',
      `${name}/transposed`,
      [graph.ints([n, 2 * height, 2 * width, filters]), transposedKernel(name), x],
      STRIDED,
    );
    const biased = graph.add('BiasAdd', `${name}/transposed_biased`, [y, bias], { T: FLOAT, data_format: NHWC });
    graph.note(biased, [n, 2 * height, 2 * width, filters]);
    graph.replace(node, 'Relu', [biased], { T: FLOAT });
  },

  kernel(node: NodeDef, { name, x, shape, filters }: Match, { graph }: RewriteContext): void {
    const channels = shape[3];
    const wide = graph.add(
      'Conv2DBackpropFilter',
      `${name}/transposed_kernel_gradient`,
      [node.input[2] as string, graph.ints([WIDE, WIDE, filters, channels]), x],
      STRIDED,
    );
    const swapped = swapChannels(graph, `${name}/wide_kernel_gradient`, wide);
    const rows = reshape(graph, `${name}/mixed_gradients`, swapped, [WIDE * WIDE, channels * filters]);
    const taps = matrixProduct(graph, `${name}/tap_gradients`, mixing(graph, name), rows, true);
    graph.replace(node, 'Reshape', [taps, graph.ints([NARROW, NARROW, channels, filters])], {
      T: FLOAT,
      Tshape: INT32,
    });
  },

  input(node: NodeDef, { name }: Match, { graph, producer }: RewriteContext): void {
    const gradient = producer(producer(node.input[0] as string).input[0] as string);
    graph.replace(node, 'Conv2D', [gradient.input[2] as string, transposedKernel(name)], STRIDED);
  },
} as const;

/** T: which of the nine weights make up each of the sixteen. */
function mixing(graph: GraphBuilder, name: string): Output {
  const data = new Float32Array(WIDE * WIDE * NARROW * NARROW);
  MADE_OF.forEach((rows, r) => {
    MADE_OF.forEach((columns, q) => {
      for (const i of rows) for (const j of columns) data[(r * WIDE + q) * NARROW * NARROW + i * NARROW + j] = 1;
    });
  });
  return graph.constant(`${name}/mixing`, { shape: [WIDE * WIDE, NARROW * NARROW], data });
}

/** Stride 2; of a 4 x 4 kernel, 'SAME' is one pixel of padding on each side. */
const STRIDED: Record<string, Attribute> = {
  T: FLOAT,
  strides: attribute.ints([1, 2, 2, 1]),
  dilations: attribute.ints([1, 1, 1, 1]),
  data_format: NHWC,
  padding: attribute.string('SAME'),
  explicit_paddings: attribute.ints([]),
};

/** A kernel with its last two axes exchanged. */
function swapChannels(graph: GraphBuilder, name: string, kernel: Output): Output {
  return graph.add('Transpose', name, [kernel, graph.ints([0, 1, 3, 2])], { T: FLOAT, Tperm: INT32 });
}
