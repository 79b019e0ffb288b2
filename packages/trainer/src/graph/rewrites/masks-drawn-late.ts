import { after, type NodeDef, type Output } from '../builder.ts';
import { isKeptMask } from './dropout-pattern.ts';
import { replaceNodes, type Rewrite, type RewriteContext } from './rewrite.ts';

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
    const waits = new Map<string, string>();
    replaceNodes(old, (node, context) => {
      if (node.op === 'Mul') {
        const bits = drawnBits(context.producer(node.input[1] as string), context);
        const value = context.producer(node.input[0] as string);
        // The first product that reads a mask is the forward pass's.
        if (bits !== undefined && !waits.has(bits.name))
          waits.set(bits.name, before(value.input[0] as string, context));
      }
      return false;
    });
    return replaceNodes(old, (node, { graph }) => {
      const awaited = waits.get(node.name);
      if (awaited === undefined) return false;
      graph.replace(node, node.op, [...node.input, after(awaited)], node.attr);
      return true;
    });
  },
};

/** The draw of random bits behind a dropout mask; undefined where `mask` is none. */
function drawnBits(mask: NodeDef, context: RewriteContext): NodeDef | undefined {
  let node = mask;
  if (!isKeptMask(node)) {
    const factor = node.op === 'Mul' ? context.producer(node.input[0] as string) : undefined;
    if (factor === undefined || !isKeptMask(factor)) return undefined;
    node = factor;
  }
  while (node.op !== 'StatelessRandomUniformFullInt') {
    if (node.input.length === 0) return undefined;
    node = context.producer(node.input[0] as string);
  }
  return node;
}

/** The input of the convolution that makes `tensor`, by way of its bias and activation; else `tensor` itself. */
function before(tensor: Output, context: RewriteContext): Output {
  const { op, input } = context.producer(tensor);
  if (op === 'Relu' || op === 'BiasAdd') return before(input[0] as Output, context);
  if (op === 'Conv2D') return input[0] as Output;
  return op === 'Conv2DBackpropInput' ? (input[2] as Output) : tensor;
}
