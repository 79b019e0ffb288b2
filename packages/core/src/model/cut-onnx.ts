import { InvalidModelError } from '../errors.ts';
import { onnxFacts } from './onnx-graph.ts';
import {
  closeOnnx,
  DATA_TYPE,
  GRAPH,
  nameIn,
  openOnnx,
  readOperation,
  weightName,
  writeOperation,
  type OnnxOperation,
} from './onnx-message.ts';
import { asciiBytes, bytesField, concatBytes, varintField } from './protobuf.ts';

/** Of ValueInfoProto. */
const NAME_OF_VALUE = 1;
/** Axes of a map between layers. */
const MAP_AXES = ['n', 'channel', 'y', 'x'];

/** A part of an ONNX file as one of its own. */
export interface OnnxPart {
  readonly model: Uint8Array<ArrayBuffer>;
  /** Names of its inputs and outputs in it, in the order in which they were asked for. */
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
  const { graph, around } = openOnnx(model);
  const all = (kind: keyof typeof GRAPH) => graph.filter(({ number }) => number === GRAPH[kind]);
  const nodes = all('node').map(readOperation);
  const values = new Map(
    [...all('input'), ...all('output'), ...all('valueInfo')].map(({ bytes }) => [nameIn(bytes, NAME_OF_VALUE), bytes]),
  );
  const tensors = new Set([...values.keys(), ...nodes.flatMap((node) => node.outputs)]);
  const [read, given] = [inputs, outputs].map((names) => names.map((name) => tensorOf(name, tensors)));
  const { kept, needed } = nodesBetween(nodes, read as string[], given as string[]);
  const weights = all('initializer').filter(({ bytes }) => needed.has(weightName(bytes)));
  const known = new Set([...(read as string[]), ...weights.map(({ bytes }) => weightName(bytes))]);
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
  const part = [
    ...ins.filter(isCast).map((name) => cast(outside(name), name, DATA_TYPE.float16)),
    ...kept.map(({ whole }) => whole),
    ...outs.filter(isCast).map((name) => cast(name, outside(name), DATA_TYPE.float32)),
    ...[...other, ...weights].map(({ whole }) => whole),
    ...ins.map((name) => bytesField(GRAPH.input, port(name))),
    ...outs.map((name) => bytesField(GRAPH.output, port(name))),
  ];
  return { model: closeOnnx(around, part), inputs: ins.map(outside), outputs: outs.map(outside) };
}

/** The operations on which `outputs` depend, in their order, and all names that they read and no one of them gives. */
function nodesBetween(
  nodes: readonly OnnxOperation[],
  inputs: readonly string[],
  outputs: readonly string[],
): { readonly kept: readonly OnnxOperation[]; readonly needed: ReadonlySet<string> } {
  const needed = new Set(outputs);
  const kept: OnnxOperation[] = [];
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

const cast = (input: string, output: string, to: number): Uint8Array =>
  writeOperation({ operation: 'Cast', inputs: [input], output, integers: { to } });

/** ValueInfoProto of a map. */
function mapInfo(name: string): Uint8Array {
  const shape = concatBytes(MAP_AXES.map((axis) => bytesField(1, bytesField(2, asciiBytes(axis)))));
  const tensor = concatBytes([varintField(1, DATA_TYPE.float32), bytesField(2, shape)]);
  return concatBytes([bytesField(NAME_OF_VALUE, asciiBytes(name)), bytesField(2, bytesField(1, tensor))]);
}
