import { after, output, type FunctionDef } from '../builder.ts';
import { callAttributes, XLA_CALL } from './xla-call.ts';
import { Chains } from './fusion-chains.ts';
import { functionOf } from './fusion-function.ts';
import { grouped, LEAST_VALUES, replaceNodes, type Rewrite } from './rewrite.ts';

/**
 * Chains of elementwise operations as functions that XLA compiles, one pass over memory each: TensorFlow runs every
 * operation as a pass of its own. A tensor that something else reads (a convolution, a pooling) becomes a function of the
 * nearest tensors behind it that are no such chains; what only stood between is no longer stored, and where two functions
 * need it, both compute it. Dropout's random bytes are compared with their threshold there too, so that they wait as bytes.
 *
 * Sums over slices of a batch (see batch-norm-by-sums) end such a chain as well. They are written as additions of slices,
 * as XLA's own reductions on a CPU do not use its vectors.
 *
 * Functions that share an argument, and could run at the same time, become one of several outputs, which reads it once.
 */
export const elementwiseFusion: Rewrite = {
  name: 'elementwise-fusion',
  does: `what stands between convolutions (norm, mask, the gradient of ReLU, sums of gradients) as functions that XLA compiles, one pass over memory each (from ${grouped(LEAST_VALUES)} values)`,
  needs: [],
  when: ({ device }) => device === 'cpu',
  apply(old, target) {
    const chains = new Chains(old, target === undefined ? 0 : LEAST_VALUES);
    const functions = new Map<string, FunctionDef>();
    return replaceNodes(old, (node, { graph, redirect }) => {
      if (chains.isInner(node)) {
        redirect(after(node.name), after(chains.lastLeaf(node)));
        return true;
      }
      const group = chains.groupOf(node);
      if (group === undefined) return false;
      if (group.ends[0] !== node) return true;
      const definition = named(functions, functionOf(group, chains));
      graph.replace(node, XLA_CALL, [...group.leaves.keys(), ...group.waits], callAttributes(definition));
      group.ends.forEach((end, k) => {
        const shape = old.shapes.get(end.name);
        if (shape !== undefined) graph.note(output(node.name, k), shape);
        if (k === 0) return;
        redirect(end.name, output(node.name, k));
        redirect(after(end.name), after(node.name));
      });
      return true;
    });
  },
};

/** The definition by its name; of functions that compute the same there is one. */
function named(functions: Map<string, FunctionDef>, definition: Omit<FunctionDef, 'name'>): FunctionDef {
  const key = JSON.stringify(definition, (_, value: unknown) => (value instanceof Uint8Array ? [...value] : value));
  const known = functions.get(key) ?? { name: `elementwise_${functions.size}`, ...definition };
  functions.set(key, known);
  return known;
}
