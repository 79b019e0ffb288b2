import { after, nodeOf, type NodeDef, type Output } from '../builder.ts';
import { LOSS_GRADIENT } from '../loss.ts';
import { isKeptMask } from './dropout-pattern.ts';
import { nodeInputs, replaceNodes, valuesIn, type Graph, type Rewrite } from './rewrite.ts';

/** Operations that cost one pass over their output, or none. */
const CHEAP: readonly string[] = ['ConcatV2', 'ResizeNearestNeighbor'];

/**
 * What a pass over memory makes again is not kept from the forward to the backward pass: concatenations, upsampled images
 * and batch norms are computed a second time, from what is kept, when their gradient's turn comes (Chen et al. 2016,
 * "Training Deep Nets with Sublinear Memory Cost", with the convolutions as checkpoints). The second computation waits, by a
 * control dependency, for the gradient that arrives there; the wait also keeps TensorFlow from making one computation of the
 * two. The same operations on the same numbers: bit for bit what was there before.
 *
 * @param least values that a norm has at least to be made again where it is more than one operation: written as arithmetic, or
 * with dropout behind it. @default 0
 */
export function activationsRecomputed(least = 0): Rewrite {
  return {
    name: 'activations-recomputed',
    apply(old) {
      const { forward, backward } = passes(old);
      const copies = new Map<Output, Output>();
      return replaceNodes(old, (node, { graph, producer, readers, shape }) => {
        const isRemade = (tensor: Output): boolean => {
          const made = producer(tensor);
          const isMasked = made.op === 'ReluGrad';
          // What only a concatenation reads would be kept in its stead.
          const isSpared =
            made.op !== 'ConcatV2' ||
            nodeInputs(made)
              .slice(0, -1)
              .some((part) => readers(part).length > 1);
          return (isCheap(made) && isSpared) || ((isMasked || isScaled(made)) && valuesIn(shape(tensor)) >= least);
        };
        /** Whether it is scaled or moved by channel, as a norm whose statistics are known. */
        const isScaled = ({ name, op, input }: NodeDef): boolean =>
          ['AddV2', 'Mul', 'Sub'].includes(op) && shape(name) !== undefined && shape(input[1] as Output) === undefined;
        if (forward.has(node.name)) return false;
        const awaited = nodeInputs(node).find((input) => backward.has(producer(input).name));
        const copy = (tensor: Output): Output => {
          const known = copies.get(tensor);
          if (known !== undefined) return known;
          const made = producer(tensor);
          if (!forward.has(made.name) || !isRemade(tensor)) return tensor;
          const inputs = nodeInputs(made).map(copy);
          const waits = inputs.every((input, i) => input === nodeInputs(made)[i]);
          const again = graph.add(
            made.op,
            `${made.name}/again`,
            waits ? [...inputs, after(awaited as Output)] : inputs,
            made.attr,
          );
          const sides = shape(tensor);
          if (sides !== undefined) graph.note(again, sides);
          copies.set(tensor, again);
          return again;
        };
        const inputs = node.input.map((input) =>
          awaited === undefined || input.startsWith('^') || shape(input) === undefined ? input : copy(input),
        );
        if (inputs.every((input, i) => input === node.input[i])) return false;
        graph.replace(node, node.op, inputs, node.attr);
        return true;
      });
    },
  };
}

function isCheap(node: NodeDef): boolean {
  return CHEAP.includes(node.op) || isKeptMask(node);
}

/** The nodes that the loss's gradient needs, and those that need it. */
function passes(graph: Graph): { readonly forward: ReadonlySet<string>; readonly backward: ReadonlySet<string> } {
  const forward = new Set([LOSS_GRADIENT]);
  for (const node of [...graph.nodes].reverse()) {
    if (forward.has(node.name)) for (const input of nodeInputs(node)) forward.add(nodeOf(input));
  }
  const backward = new Set([LOSS_GRADIENT]);
  for (const node of graph.nodes) {
    if (nodeInputs(node).some((input) => backward.has(nodeOf(input)))) backward.add(node.name);
  }
  forward.delete(LOSS_GRADIENT);
  return { forward, backward };
}
