import { after, output, type FunctionDef } from '../builder.ts';
import { callAttributes, COMPILED_CALL } from './compiled-call.ts';
import { Chains } from './elementwise-chains.ts';
import { functionOf } from './elementwise-function.ts';
import { replaceNodes, type Rewrite } from './rewrite.ts';

/**
 * Chains of elementwise operations as functions that XLA compiles, one pass over memory each: TensorFlow runs every
 * operation as a pass of its own. A tensor that something else reads (a convolution, a pooling) becomes a function of the
 * nearest tensors behind it that are no such chains; what only stood between is no longer stored, and where two functions
 * need it, both compute it. Dropout's lots are compared with their bound there too, so that they wait as bytes.
 *
 * Sums over slices of a batch (see batch-norm-by-sums) end such a chain as well. They are written as additions of slices,
 * as XLA's own reductions on a CPU do not use its vectors.
 *
 * Functions that share an argument, and could run at the same time, become one of several outputs, which reads it once.
 *
 * @param least values that a tensor has at least for its chain to be compiled. @default 0
 */
export function elementwiseCompiled(least = 0): Rewrite {
  return {
    name: 'elementwise-compiled',
    apply(old) {
      const chains = new Chains(old, least);
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
        graph.replace(node, COMPILED_CALL, [...group.leaves.keys(), ...group.waits], callAttributes(definition));
        group.ends.forEach((end, k) => {
          const sides = old.shapes.get(end.name);
          if (sides !== undefined) graph.note(output(node.name, k), sides);
          if (k === 0) return;
          redirect(end.name, output(node.name, k));
          redirect(after(end.name), after(node.name));
        });
        return true;
      });
    },
  };
}

/** The definition by its name; of functions that compute the same there is one. */
function named(functions: Map<string, FunctionDef>, definition: Omit<FunctionDef, 'name'>): FunctionDef {
  const key = JSON.stringify(definition, (_, value: unknown) => (value instanceof Uint8Array ? [...value] : value));
  const known = functions.get(key) ?? { name: `elementwise_${functions.size}`, ...definition };
  functions.set(key, known);
  return known;
}
