import { subtract } from '../arithmetic.ts';
import { attribute } from '../builder.ts';
import { isKeptMask } from './dropout-pattern.ts';
import { replaceNodes, type Rewrite } from './rewrite.ts';

/**
 * Where ReluGrad applies a dropout mask (see masks-as-bytes), only the sign of what it is given counts. So the lots, bytes,
 * are not compared with their bound, which makes booleans that are made float32, but moved by it as they become float32:
 * lot - bound + 1 is above 0 where the lot is not below its bound. TensorFlow's Dequantize does that in one pass; it is there
 * for CPUs alone.
 */
export const masksFromLots: Rewrite = {
  name: 'masks-from-lots',
  apply: (old) =>
    replaceNodes(old, (node, context) => {
      if (!isKeptMask(node) || !context.readers(node.name).every(({ op }) => op === 'ReluGrad')) return false;
      const comparison = context.producer(node.input[0] as string);
      if (comparison.op !== 'GreaterEqual') return false;
      const { graph } = context;
      const [lots, boundByte] = comparison.input as [string, string];
      const bound = context.producer(boundByte).input[0] as string;
      const quantized = graph.add('Bitcast', `${node.name}/lots`, [lots], {
        T: attribute.type('DT_UINT8'),
        type: attribute.type('DT_QUINT8'),
      });
      const least = subtract(graph, `${node.name}/least`, graph.scalar(1), bound);
      const largest = subtract(graph, `${node.name}/largest`, graph.scalar(256), bound);
      graph.replace(node, 'Dequantize', [quantized, least, largest, ...node.input.slice(1)], {
        T: attribute.type('DT_QUINT8'),
        dtype: attribute.type('DT_FLOAT'),
        mode: attribute.string('MIN_FIRST'),
        narrow_range: attribute.bool(false),
        axis: attribute.int(-1),
      });
      return true;
    }),
};
