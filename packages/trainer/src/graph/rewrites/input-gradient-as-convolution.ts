import { flip } from '../arithmetic.ts';
import { attribute, FLOAT, INT32, type Attribute, type GraphBuilder, type NodeDef, type Output } from '../builder.ts';
import { dilationOf, replaceNodes, strideOf, type Rewrite, type Target } from './rewrite.ts';

/**
 * The gradient of a convolution by its input, as a forward convolution: of dy (n, y, x, o) with the kernel flipped along y
 * and x and its channel axes swapped (y, x, o, c), the same dilation, zero padding of the same width:
 *
 *     dx[n, v, u, c] = sum over i, j, o of  dy[n, v - i, u - j, o] k[i, j, c, o]
 *                    = sum over i, j, o of  dy[n, v + i, u + j, o] k[-i, -j, c, o]
 *
 * TensorFlow's forward kernels are the best kept ones: on processors without AVX-512 they are up to twice as fast as
 * Conv2DBackpropInput, and they need less scratch memory.
 *
 * Reference: Dumoulin & Visin 2016, "A guide to convolution arithmetic for deep learning", chapter 4.
 */
export const inputGradientAsConvolution: Rewrite = {
  name: 'input-gradient-as-convolution',
  does: 'dx as a forward convolution with the flipped kernel (with AVX-512 of dilated convolutions)',
  needs: [],
  when: isSlowGradient,
  apply: (old, target) =>
    replaceNodes(old, (node, context) => {
      if (node.op !== 'Conv2DBackpropInput' || strideOf(node) !== 1) return false;
      if (target?.avx512 === true && dilationOf(node) === 1) return false;
      const { graph } = context;
      const [, kernel, dy] = node.input as [string, string, string];
      const swapped = kernelForInputGradient(graph, node.name, kernel);
      graph.replace(node, 'Conv2D', [dy, swapped], { ...node.attr, ...swappedPadding(node) });
      return true;
    }),
};

/**
 * Whether oneDNN's own kernels for gradients of convolutions are slow, or wrong: without AVX-512, and for dilated convolutions
 * in bfloat16, whose gradients are NaN (TensorFlow 2.21).
 */
export function isSlowGradient({ device, avx512, precision }: Target): boolean {
  return device === 'cpu' && (!avx512 || precision === 'mixed');
}

/** The kernel (y, x, o, c) of that convolution, from the forward one (y, x, c, o). */
export function kernelForInputGradient(graph: GraphBuilder, name: string, kernel: Output): Output {
  const flipped = flip(graph, `${name}/flipped_kernel`, kernel);
  return graph.add('Transpose', `${name}/swapped_kernel`, [flipped, graph.ints([0, 1, 3, 2])], {
    T: FLOAT,
    Tperm: INT32,
  });
}

/** Padding before and behind change places with the kernel's ends. With 'SAME' padding of an odd kernel they are equal. */
function swappedPadding(node: NodeDef): Record<string, Attribute> {
  const padding = node.attr['explicit_paddings'];
  if (padding === undefined || !('list' in padding) || padding.list.i.length === 0) return {};
  const [, , top, bottom, left, right] = padding.list.i as [number, number, number, number, number, number];
  return { explicit_paddings: attribute.ints([0, 0, bottom, top, right, left, 0, 0]) };
}
