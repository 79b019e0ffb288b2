import type { GraphProto, NodeProto, TensorProto } from '../schema.ts';
import { constantTensor } from '../constant-tensor.ts';

/**
 * A quantised graph that doubles bytes by joining a tensor with itself, along the channels and then along the rows of axes
 * n, y, x, channel: the integers are the same, and ONNX Runtime, whose convolutions have these axes too, copies whole rows
 * where its Resize takes each byte by itself.
 */
export function withJoinedUpsampling(graph: GraphProto): GraphProto {
  const makers = new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const)));
  /** Tensors of bytes by the names of what was enlarged and of what it was rounded to. */
  const enlarged = new Map<string, string>();
  const node = graph.node.flatMap((node): readonly NodeProto[] => {
    const [input, output] = [node.input[0] as string, node.output[0] as string];
    const bytes = enlarged.get(input);
    if (node.opType === 'QuantizeLinear' && bytes !== undefined) {
      enlarged.set(output, bytes);
      return [];
    }
    if (node.opType !== 'Resize') return [{ ...node, input: node.input.map((name) => enlarged.get(name) ?? name) }];
    const doubled = joined(makers.get(input)?.input[0] as string, output);
    enlarged.set(output, doubled.at(-1)?.output[0] as string);
    return doubled;
  });
  if (enlarged.size === 0) return graph;
  const read = new Set(node.flatMap(({ input }) => input));
  return { ...graph, node, initializer: [...graph.initializer, ...FACTORS].filter(({ name }) => read.has(name ?? '')) };
}

const [SIDES, ROWS] = ['upsampling/sides', 'upsampling/rows'];
const FACTORS: readonly TensorProto[] = [
  { ...constantTensor.int64([4], [1, 2, 2, 1]), name: SIDES },
  { ...constantTensor.int64([3], [0, 0, -1]), name: ROWS },
];

function joined(bytes: string, name: string): readonly NodeProto[] {
  const ints = (key: string, list: readonly number[]) => [{ name: key, type: 7, ints: list, graphs: [] }];
  const axis = (i: number) => [{ name: 'axis', type: 2, i, ints: [], graphs: [] }];
  const node = (opType: string, end: string, input: readonly string[], attribute: NodeProto['attribute'] = []) => ({
    opType,
    name: `${name}/${end}`,
    input,
    output: [`${name}/${end}`],
    attribute,
  });
  return [
    node('Transpose', 'channels-last', [bytes], ints('perm', [0, 2, 3, 1])),
    node('Shape', 'shape', [`${name}/channels-last`]),
    node('Mul', 'doubled', [`${name}/shape`, SIDES]),
    node('Concat', 'along-x', [`${name}/channels-last`, `${name}/channels-last`], axis(3)),
    node('Reshape', 'rows', [`${name}/along-x`, ROWS]),
    node('Concat', 'along-y', [`${name}/rows`, `${name}/rows`], axis(2)),
    node('Reshape', 'enlarged', [`${name}/along-y`, `${name}/doubled`]),
    node('Transpose', 'channels-first', [`${name}/enlarged`], ints('perm', [0, 3, 1, 2])),
  ];
}
