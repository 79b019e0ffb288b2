import { attribute, FLOAT, type GraphBuilder, type NodeDef, type Output } from '../builder.ts';
import { replaceNodes, type Rewrite } from './rewrite.ts';

const BFLOAT16 = attribute.type('DT_BFLOAT16');
/** Which inputs of a convolution or of its gradients are float tensors; the others are shapes. */
const FLOAT_INPUTS: Readonly<Record<string, readonly number[]>> = {
  Conv2D: [0, 1],
  Conv2DBackpropInput: [1, 2],
  Conv2DBackpropFilter: [0, 2],
};

/**
 * Mixed precision (Micikevicius et al. 2018): convolutions and their gradients take bfloat16 operands and give bfloat16;
 * all else, the weights, the optimizer and the statistics among it, stays float32. bfloat16 has float32's range, so the
 * loss needs no scaling; its 8 significant bits make each product wrong by up to 2^-8.
 *
 * Not a rewrite that keeps the numbers: it is applied when `precision` is `mixed`, after all others. The `predict` call
 * stays in float32.
 */
export const convolutionsInBfloat16: Rewrite = {
  name: 'convolutions-in-bfloat16',
  does: 'mixed precision: the one that changes the numbers',
  needs: [],
  when: ({ precision }) => precision === 'mixed',
  apply: (old) =>
    replaceNodes(old, (node, { graph, shape }) => {
      const floats = FLOAT_INPUTS[node.op];
      // Of images, only those of the training step have a noted shape, which are the first or the third input.
      if (floats === undefined || [0, 2].every((i) => shape(node.input[i] ?? '') === undefined)) return false;
      const inputs = node.input.map((input, i) => (floats.includes(i) ? toBfloat16(graph, node, i, input) : input));
      const y = graph.add(node.op, `${node.name}/bfloat16`, inputs, { ...node.attr, T: BFLOAT16 });
      graph.replace(node, 'Cast', [y], { SrcT: BFLOAT16, DstT: FLOAT });
      return true;
    }),
};

function toBfloat16(graph: GraphBuilder, node: NodeDef, i: number, tensor: Output): Output {
  return graph.add('Cast', `${node.name}/bfloat16_input${i}`, [tensor], { SrcT: FLOAT, DstT: BFLOAT16 });
}
