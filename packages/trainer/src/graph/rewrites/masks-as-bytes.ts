import { after, nodeOf } from '../builder.ts';
import { isKeptMask } from './dropout-pattern.ts';
import { replaceNodes, type Rewrite } from './rewrite.ts';

/**
 * Dropout masks are kept from the forward to the backward pass as booleans, one byte a value, and made float32 where they
 * are applied: each application gets a conversion of its own, which waits for the value that it is applied to. (Without the
 * wait, TensorFlow would make one conversion of all and keep its result.)
 *
 * Applied they are by ReluGrad, which is x where the mask is above 0, else 0: the same as their product, in half the time
 * that TensorFlow's product takes on a CPU.
 */
export const masksAsBytes: Rewrite = {
  name: 'masks-as-bytes',
  does: 'dropout masks wait for the backward pass as booleans, and ReluGrad applies them, faster than the product of TensorFlow',
  needs: ['dropout-scale-folding'],
  when: () => true,
  apply: (old) =>
    replaceNodes(old, (node, { graph, producer, readers, shape }) => {
      const isLayerMask = (name: string): boolean => {
        const maker = producer(name);
        return isKeptMask(maker) && readers(maker.name).every(({ op }) => op === 'Mul');
      };
      if (isKeptMask(node))
        return isLayerMask(node.name) && readers(node.name).every((reader) => reader.input[1] === node.name);
      if (node.op !== 'Mul' || !isLayerMask(node.input[1] as string)) return false;
      const [value, mask] = node.input as [string, string];
      const cast = producer(mask);
      const keep = graph.add('Cast', `${node.name}/keep`, [...cast.input, after(nodeOf(value))], cast.attr);
      const known = shape(value);
      if (known !== undefined) graph.note(keep, known);
      graph.replace(node, 'ReluGrad', [value, keep], node.attr);
      return true;
    }),
};
