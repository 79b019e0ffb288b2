import type { GraphProto } from '../convert/onnx-schema.ts';
import { constantTensor } from './scales.ts';

const SCALES = 'upsampling/scales';

/**
 * The graph with its upsampling by 2 said as a factor, in place of a size that operations compute from the shape: quantised,
 * runtimes keep the layout of their convolutions only so. What nothing reads any more is left out.
 */
export function withConstantUpsampling(graph: GraphProto): GraphProto {
  if (!graph.node.some(({ opType }) => opType === 'Resize')) return graph;
  const nodes = graph.node.map((node) =>
    node.opType === 'Resize' ? { ...node, input: [node.input[0] as string, '', SCALES] } : node,
  );
  const needed = new Set(graph.output.map(({ name }) => name));
  const kept = nodes.toReversed().filter((node) => {
    if (!node.output.some((name) => needed.has(name))) return false;
    for (const name of node.input) needed.add(name);
    return true;
  });
  const initializer = [...graph.initializer, { ...constantTensor.float32([4], [1, 1, 2, 2]), name: SCALES }];
  return { ...graph, node: kept.toReversed(), initializer: initializer.filter(({ name }) => needed.has(name)) };
}
