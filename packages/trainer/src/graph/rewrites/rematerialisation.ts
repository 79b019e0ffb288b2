import { after, nodeOf, type NodeDef, type Output } from '../builder.ts';
import { grouped, nodeInputs, replaceNodes, valuesIn, type Graph, type Rewrite } from './rewrite.ts';

/** Operations that cost one pass over their output, or none. */
const CHEAP: readonly string[] = ['ConcatV2', 'ResizeNearestNeighbor'];

/** Values of a norm with dropout behind it, or written as arithmetic, from which it is recomputed in training. */
const LEAST = 2 ** 20;

/**
 * What a pass over memory makes again is not kept from the forward to the backward pass: concatenations, upsampled images
 * and batch norms are computed a second time, from what is kept, when their gradient's turn comes (Chen et al. 2016,
 * "Training Deep Nets with Sublinear Memory Cost", with the convolutions as checkpoints). The second computation waits, by a
 * control dependency, for the gradient that arrives there; the wait also keeps TensorFlow from making one computation of the
 * two. The same operations on the same numbers: bit for bit what was there before.
 */
export const rematerialisation: Rewrite = {
  name: 'rematerialisation',
  does: `concatenations, and norms with their dropout (from ${grouped(LEAST)} values), are recomputed for the backward pass instead of kept: less memory, the same bits`,
  needs: [],
  when: ({ device }) => device === 'cpu',
  apply(old, target) {
    const least = target === undefined ? 0 : LEAST;
    const { forward, backward } = passes(old);
    const copies = new Map<Output, Output>();
    return replaceNodes(old, (node, { graph, producer, readers, shape, role }) => {
      const isRecomputed = (tensor: Output): boolean => {
        const made = producer(tensor);
        const isMasked = made.op === 'ReluGrad';
        const isCheap = CHEAP.includes(made.op) || role(tensor)?.kind === 'dropout-mask';
        // What only a concatenation reads would be kept in its stead.
        const isSpared =
          made.op !== 'ConcatV2' ||
          nodeInputs(made)
            .slice(0, -1)
            .some((part) => readers(part).length > 1);
        return (isCheap && isSpared) || ((isMasked || isScaled(made)) && valuesIn(shape(tensor)) >= least);
      };
      /** Whether it is scaled or moved by channel, as a norm whose statistics are known. */
      const isScaled = ({ name, op, input }: NodeDef): boolean =>
        ['AddV2', 'Mul', 'Sub'].includes(op) && shape(name) !== undefined && shape(input[1] as Output)?.length !== 4;
      if (forward.has(node.name)) return false;
      const awaited = nodeInputs(node).find((input) => backward.has(producer(input).name));
      const copy = (tensor: Output): Output => {
        const known = copies.get(tensor);
        if (known !== undefined) return known;
        const made = producer(tensor);
        if (!forward.has(made.name) || !isRecomputed(tensor)) return tensor;
        const inputs = nodeInputs(made).map(copy);
        const waits = inputs.every((input, i) => input === nodeInputs(made)[i]);
        const recomputed = graph.add(
          made.op,
          `${made.name}/recomputed`,
          waits ? [...inputs, after(awaited as Output)] : inputs,
          made.attr,
        );
        const noted = shape(tensor);
        if (noted !== undefined) graph.note(recomputed, noted, role(tensor));
        copies.set(tensor, recomputed);
        return recomputed;
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

/** The nodes that the loss's gradients need, and those that need one of them. */
function passes(graph: Graph): { readonly forward: ReadonlySet<string>; readonly backward: ReadonlySet<string> } {
  const starts = [...graph.roles].flatMap(([tensor, { kind }]) => (kind === 'loss-gradient' ? [nodeOf(tensor)] : []));
  const forward = new Set(starts);
  for (const node of [...graph.nodes].reverse()) {
    if (forward.has(node.name)) for (const input of nodeInputs(node)) forward.add(nodeOf(input));
  }
  const backward = new Set(starts);
  for (const node of graph.nodes) {
    if (nodeInputs(node).some((input) => backward.has(nodeOf(input)))) backward.add(node.name);
  }
  for (const start of starts) forward.delete(start);
  return { forward, backward };
}
