import { constantTensor } from './constant-tensor.ts';
import { neededNodes } from './needed-nodes.ts';
import { fromModel, toModel, type GraphProto } from './schema.ts';

const SCALES = 'upsampling/scales';

/**
 * `model` with its upsampling by 2 said as a factor, in place of a size that operations compute from the shape: runtimes keep the
 * layout of their convolutions only so. What nothing reads any more is left out.
 *
 * @param model an ONNX file whose every Resize doubles height and width, axes n, channel, y, x.
 */
export function withConstantUpsampling(model: Uint8Array): Uint8Array {
  const proto = toModel(model);
  const graph = proto.graph as GraphProto;
  if (!graph.node.some(({ opType }) => opType === 'Resize')) return model;
  const nodes = graph.node.map((node) =>
    node.opType === 'Resize' ? { ...node, input: [node.input[0] as string, '', SCALES] } : node,
  );
  const node = neededNodes({ ...graph, node: nodes });
  const needed = new Set([...graph.output.map(({ name }) => name), ...node.flatMap(({ input }) => input)]);
  const initializer = [...graph.initializer, { ...constantTensor.float32([4], [1, 1, 2, 2]), name: SCALES }];
  return fromModel({
    ...proto,
    graph: { ...graph, node, initializer: initializer.filter(({ name }) => needed.has(name)) },
  });
}
