import { InvalidModelError } from '@dilated-unet/core';
import { halfFloats } from './half.ts';
import { float32, ModelMessage } from './schema.ts';

/** ONNX's TensorProto.DataType. */
const [FLOAT, FLOAT16] = [1, 10];
/** AttributeProto.AttributeType. */
const INT = 2;

interface Tensor {
  readonly name: string;
  dataType: number;
  rawData: Uint8Array;
}

interface Node {
  readonly opType: string;
  input: string[];
  output: string[];
}

interface Graph {
  node: Node[];
  readonly initializer: Tensor[];
  readonly input: readonly { readonly name: string }[];
  valueInfo: unknown[];
}

/**
 * `bytes`, an ONNX file of a network in float32, with weights and activations in 16-bit floats. Input and output stay float32,
 * and so does the sigmoid or softmax at the end: near 1 a 16-bit float has steps of 0.0005.
 *
 * @throws InvalidModelError when the graph does not have one sigmoid or softmax.
 */
export function halfOnnx(bytes: Uint8Array): Uint8Array {
  const model = ModelMessage.decode(bytes);
  const { graph } = model as unknown as { readonly graph: Graph };
  const ends = graph.node.filter(({ opType }) => opType === 'Sigmoid' || opType === 'Softmax');
  const [end] = ends;
  if (end === undefined || ends.length > 1) {
    throw new InvalidModelError(
      `The network must end in one sigmoid or softmax; this one has ${ends.length}. Convert it with tools:export-model.`,
    );
  }
  const wide = readFrom(graph, end);
  for (const tensor of graph.initializer) {
    if (tensor.dataType !== FLOAT || wide.has(tensor.name)) continue;
    tensor.rawData = new Uint8Array(halfFloats(float32(tensor)).buffer);
    tensor.dataType = FLOAT16;
  }
  const [image] = graph.input.filter(({ name }) => !graph.initializer.some((tensor) => tensor.name === name));
  const narrowed = `${image?.name}/half`;
  for (const node of graph.node) node.input = node.input.map((name) => (name === image?.name ? narrowed : name));
  const logit = end.input[0] as string;
  end.input = [`${logit}/single`];
  const at = graph.node.indexOf(end);
  graph.node = [
    cast(image?.name ?? '', narrowed, FLOAT16),
    ...graph.node.slice(0, at),
    cast(logit, `${logit}/single`, FLOAT),
    ...graph.node.slice(at),
  ];
  // Types of tensors between, which are others now; ONNX Runtime infers them.
  graph.valueInfo = [];
  return ModelMessage.encode(model).finish();
}

/** Constants that stay float32: the factors of a Resize, by its definition, and what is read behind `last`. */
function readFrom({ node: nodes }: Graph, last: Node): ReadonlySet<string> {
  const behind = nodes.slice(nodes.indexOf(last));
  return new Set([
    ...nodes.filter(({ opType }) => opType === 'Resize').flatMap(({ input }) => input.slice(1)),
    ...behind.flatMap(({ input }) => input),
  ]);
}

function cast(input: string, output: string, to: number): Node {
  const attribute = [{ name: 'to', i: to, type: INT }];
  return { opType: 'Cast', name: output, input: [input], output: [output], attribute } as Node;
}
