import { matrixProduct, reshape } from '../arithmetic.ts';
import { FLOAT, INT32, type NodeDef } from '../builder.ts';
import { replaceNodes, type Rewrite, type RewriteContext } from './rewrite.ts';

/**
 * The gradient of a convolution by its bias, as a matrix product with a row of ones: (1, pixels) (pixels, o).
 *
 *     db[o] = sum over n, v, u of  dy[n, v, u, o]
 *
 * TensorFlow fuses BiasAddGrad into Conv2DBackpropFilter, whose oneDNN kernel then takes a third longer at full resolution,
 * and three times as long for an image of one channel; the product is one pass over dy.
 */
export const biasGradientAsProduct: Rewrite = {
  name: 'bias-gradient-as-product',
  does: 'db as a product of dy with ones, not inside the kernel of the filter gradient, which it slows down',
  needs: [],
  when: ({ device }) => device === 'cpu',
  apply: (old) =>
    replaceNodes(old, (node, context) => {
      const pixels = node.op === 'BiasAddGrad' ? pixelCount(node, context) : undefined;
      if (pixels === undefined) return false;
      const { graph, shape } = context;
      const [dy] = node.input as [string];
      const filters = shape(dy)?.[3] as number;
      const rows = reshape(graph, `${node.name}/rows`, dy, [pixels, filters]);
      const ones = graph.add('Fill', `${node.name}/ones`, [graph.ints([1, pixels]), graph.scalar(1)], {
        T: FLOAT,
        index_type: INT32,
      });
      const sums = matrixProduct(graph, `${node.name}/sums`, ones, rows);
      graph.replace(node, 'Reshape', [sums, graph.ints([filters])], { T: FLOAT, Tshape: INT32 });
      return true;
    }),
};

function pixelCount(node: NodeDef, { shape }: RewriteContext): number | undefined {
  const known = shape(node.input[0] as string);
  return known === undefined ? undefined : (known[0] as number) * (known[1] as number) * (known[2] as number);
}
