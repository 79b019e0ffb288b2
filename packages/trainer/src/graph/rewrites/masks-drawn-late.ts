import { after, type Output } from '../builder.ts';
import { replaceNodes, visit, type GraphContext, type Rewrite } from './rewrite.ts';

/**
 * A layer's random bits depend on nothing but the step, so TensorFlow draws those of all layers when the step begins and
 * keeps them until they are needed. Here each layer's bits wait until the forward pass comes to the convolution (or
 * concatenation, or pooling) before it. (A wait for that convolution's own output would keep TensorFlow from making one
 * operation of it, its bias and its ReLU.)
 */
export const masksDrawnLate: Rewrite = {
  name: 'masks-drawn-late',
  does: 'random bits are drawn when they are needed, not all at the start of the step',
  needs: [],
  when: () => true,
  apply(old) {
    /** What a layer's draw waits for. */
    const waits = new Map<string, Output>();
    visit(old, (node, context) => {
      const mask = node.op === 'Mul' ? context.role(node.input[1] as Output) : undefined;
      if (mask?.kind !== 'dropout-mask' && mask?.kind !== 'scaled-dropout-mask') return;
      const value = context.producer(node.input[0] as Output);
      // The first product that reads a mask is the forward pass's.
      if (!waits.has(mask.layer)) waits.set(mask.layer, before(value.input[0] as Output, context));
    });
    return replaceNodes(old, (node, { graph, role }) => {
      const { kind, layer } = role(node.name) ?? {};
      const awaited = kind === 'random-bits' && layer !== undefined ? waits.get(layer) : undefined;
      if (awaited === undefined) return false;
      graph.replace(node, node.op, [...node.input, after(awaited)], node.attr);
      return true;
    });
  },
};

/** The input of the convolution that makes `tensor`, by way of its bias and activation; else `tensor` itself. */
function before(tensor: Output, context: GraphContext): Output {
  const { op, input } = context.producer(tensor);
  if (op === 'Relu' || op === 'BiasAdd') return before(input[0] as Output, context);
  if (op === 'Conv2D') return input[0] as Output;
  return op === 'Conv2DBackpropInput' ? (input[2] as Output) : tensor;
}
