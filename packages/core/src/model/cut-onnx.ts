import { InvalidModelError } from '../errors.ts';
import { onnxFacts } from './onnx-graph.ts';
import { ascii, asciiBytes, bytesField, concatBytes, protobufFields, varintField } from './protobuf.ts';

/** Fields of https://github.com/onnx/onnx/blob/v1.19.0/onnx/onnx.proto. */
const [MODEL_GRAPH, NODE_INPUT, NODE_OUTPUT, NAME_OF_TENSOR, NAME_OF_VALUE] = [7, 1, 2, 8, 1];
const GRAPH = { node: 1, initializer: 5, input: 11, output: 12, valueInfo: 13 } as const;
const [FLOAT32, FLOAT16] = [1, 10];
/** NodeProto and AttributeProto. */
const NODE = { input: 1, output: 2, name: 3, operation: 4, attribute: 5 } as const;
const ATTRIBUTE = { name: 1, integer: 3, type: 20 } as const;
const INTEGER = 2;
/** Axes of a map between layers. */
const MAP_AXES = ['n', 'channel', 'y', 'x'];

/** A part of an ONNX file as one of its own. */
export interface OnnxPart {
  readonly model: Uint8Array<ArrayBuffer>;
  /** Names of its inputs and outputs in it, in the order in which they were asked for. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

interface Node {
  readonly whole: Uint8Array;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/**
 * The part of an ONNX file between tensors: the operations on which `outputs` depend, from `inputs` on, and their weights.
 * Several parts of one file so need no file of their own. Maps are read and given in float32, also where the file computes in
 * 16 bits.
 *
 * @param model bytes of an ONNX file.
 * @param between names of layers or of the graph's inputs (what a layer gives becomes an input: 4 axes n, channel, y, x), and
 *   names of layers or of the graph's outputs.
 * @throws InvalidModelError when it is no ONNX file, has none of the layers, or the outputs depend on other inputs.
 */
export function cutOnnx(
  model: Uint8Array,
  { inputs, outputs }: { readonly inputs: readonly string[]; readonly outputs: readonly string[] },
): OnnxPart {
  const fields = [...protobufFields(model)];
  const graph = fields
    .filter(({ number }) => number === MODEL_GRAPH)
    .flatMap(({ bytes }) => [...protobufFields(bytes)]);
  const all = (kind: keyof typeof GRAPH) => graph.filter(({ number }) => number === GRAPH[kind]);
  const nodes = all('node').map(({ whole, bytes }): Node => {
    const parts = [...protobufFields(bytes)];
    const names = (wanted: number) =>
      parts.filter(({ number }) => number === wanted).map((field) => ascii(field.bytes));
    return { whole, inputs: names(NODE_INPUT), outputs: names(NODE_OUTPUT) };
  });
  const values = new Map(
    [...all('input'), ...all('output'), ...all('valueInfo')].map(({ bytes }) => [nameIn(bytes, NAME_OF_VALUE), bytes]),
  );
  const tensors = new Set([...values.keys(), ...nodes.flatMap((node) => node.outputs)]);
  const [read, given] = [inputs, outputs].map((names) => names.map((name) => tensorOf(name, tensors)));
  const { kept, needed } = nodesBetween(nodes, read as string[], given as string[]);
  const weights = all('initializer').filter(({ bytes }) => needed.has(nameIn(bytes, NAME_OF_TENSOR)));
  const known = new Set([...(read as string[]), ...weights.map(({ bytes }) => nameIn(bytes, NAME_OF_TENSOR))]);
  const missing = [...needed].find((name) => name !== '' && !known.has(name));
  if (missing !== undefined) {
    throw new InvalidModelError(
      `The ONNX file cannot be cut at ${[...inputs, ...outputs].join(', ')}: the part would also read ${missing}. ` +
        'Export the model again.',
    );
  }
  const isHalf = onnxFacts(model).precision === 'fp16';
  const isCast = (name: string): boolean => isHalf && !values.has(name);
  const outside = (name: string): string => (isCast(name) ? `${name}/float32` : name);
  const port = (name: string): Uint8Array => values.get(name) ?? mapInfo(outside(name));
  const other = graph.filter(({ number }) => !(Object.values(GRAPH) as number[]).includes(number));
  const [ins, outs] = [read as string[], given as string[]];
  const part = concatBytes([
    ...ins.filter(isCast).map((name) => castNode(outside(name), name, FLOAT16)),
    ...kept.map(({ whole }) => whole),
    ...outs.filter(isCast).map((name) => castNode(name, outside(name), FLOAT32)),
    ...[...other, ...weights].map(({ whole }) => whole),
    ...ins.map((name) => bytesField(GRAPH.input, port(name))),
    ...outs.map((name) => bytesField(GRAPH.output, port(name))),
  ]);
  const rest = fields.filter(({ number }) => number !== MODEL_GRAPH).map(({ whole }) => whole);
  return {
    model: concatBytes([...rest, bytesField(MODEL_GRAPH, part)]),
    inputs: ins.map(outside),
    outputs: outs.map(outside),
  };
}

/** The operations on which `outputs` depend, in their order, and all names that they read and no one of them gives. */
function nodesBetween(
  nodes: readonly Node[],
  inputs: readonly string[],
  outputs: readonly string[],
): { readonly kept: readonly Node[]; readonly needed: ReadonlySet<string> } {
  const needed = new Set(outputs);
  const kept: Node[] = [];
  for (const node of nodes.toReversed()) {
    const gives = node.outputs.filter((name) => needed.has(name) && !inputs.includes(name));
    if (gives.length === 0) continue;
    for (const name of gives) needed.delete(name);
    for (const name of node.inputs) needed.add(name);
    kept.unshift(node);
  }
  return { kept, needed };
}

/** The tensor of a layer: `name:0`; a sum of several is a chain `name:0`, `name_1:0`, ... of which the last has it. */
function tensorOf(layer: string, tensors: ReadonlySet<string>): string {
  if (tensors.has(layer)) return layer;
  let name = `${layer}:0`;
  for (let i = 1; tensors.has(`${layer}_${i}:0`); i++) name = `${layer}_${i}:0`;
  if (tensors.has(name)) return name;
  throw new InvalidModelError(`The ONNX file has no layer ${layer}, at which it is to be cut. Export the model again.`);
}

const nameIn = (message: Uint8Array, field: number): string =>
  ascii([...protobufFields(message)].find(({ number }) => number === field)?.bytes ?? new Uint8Array());

/** The operation that makes `output`, of an element type, of `input`. */
function castNode(input: string, output: string, type: number): Uint8Array {
  const to = concatBytes([
    bytesField(ATTRIBUTE.name, asciiBytes('to')),
    varintField(ATTRIBUTE.integer, type),
    varintField(ATTRIBUTE.type, INTEGER),
  ]);
  const node = concatBytes([
    bytesField(NODE.input, asciiBytes(input)),
    bytesField(NODE.output, asciiBytes(output)),
    bytesField(NODE.name, asciiBytes(`${output}/cast`)),
    bytesField(NODE.operation, asciiBytes('Cast')),
    bytesField(NODE.attribute, to),
  ]);
  return bytesField(GRAPH.node, node);
}

/** ValueInfoProto of a map. */
function mapInfo(name: string): Uint8Array {
  const shape = concatBytes(MAP_AXES.map((axis) => bytesField(1, bytesField(2, asciiBytes(axis)))));
  const tensor = concatBytes([varintField(1, FLOAT32), bytesField(2, shape)]);
  return concatBytes([bytesField(NAME_OF_VALUE, asciiBytes(name)), bytesField(2, bytesField(1, tensor))]);
}
