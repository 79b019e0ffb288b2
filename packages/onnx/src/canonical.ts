import { InvalidModelError } from '@dilated-unet/core';
import { neededNodes } from './needed-nodes.ts';
import { ModelMessage, TensorMessage } from './schema.ts';

interface Graph {
  docString?: string;
  node: Node[];
  initializer: Tensor[];
  readonly output: readonly { readonly name: string }[];
}

interface Node {
  name: string;
  readonly opType: string;
  input: string[];
  output: string[];
}

interface Tensor {
  readonly name: string;
}

/** Ends of names that tf2onnx counts up; which of the nodes that are equal it keeps is not the same in each conversion. */
const COUNTED = /__\d+$/;

/**
 * `bytes`, an ONNX file of tf2onnx, under names and in an order that follow from its graph alone: tf2onnx writes nodes in any
 * order in which each stands behind those that it reads, and keeps any of constants and of nodes that are equal, so that two
 * conversions of one graph differ. Here each node stands right behind what it reads, in the order in which it reads it; a constant is named after the first node
 * that reads it and its place there, equal ones are one, and they stand in the order in which they are read; a node with a
 * counted name has that of its operation, counted anew. The graph's description, which names the folder that it was read
 * from, is left out, and so is what no output depends on.
 *
 * @throws InvalidModelError when `bytes` has anything that would be lost.
 */
export function canonicalOnnx(bytes: Uint8Array): Uint8Array {
  const model = ModelMessage.decode(bytes);
  // A field that the schema lacks would be gone.
  if (ModelMessage.encode(model).finish().length !== bytes.length) {
    throw new InvalidModelError(
      'The converted ONNX file has fields that are not known here. Use the converter that tools:setup installs.',
    );
  }
  const { graph } = model as unknown as { readonly graph: Graph };
  delete graph.docString;
  graph.node = neededNodes(graph);
  renameNodes(graph);
  gatherConstants(graph);
  return ModelMessage.encode(model).finish();
}

function renameNodes({ node: nodes, output }: Graph): void {
  const ends = new Set(output.map(({ name }) => name));
  const counts = new Map<string, number>();
  const tensors = new Map<string, string>();
  for (const node of nodes) {
    node.input = node.input.map((name) => tensors.get(name) ?? name);
    if (!COUNTED.test(node.name)) continue;
    const count = counts.get(node.opType) ?? 0;
    counts.set(node.opType, count + 1);
    node.name = `${node.opType}_${count}`;
    node.output = node.output.map((name, place) => {
      if (name === '' || ends.has(name)) return name;
      tensors.set(name, `${node.name}:${place}`);
      return `${node.name}:${place}`;
    });
  }
}

function gatherConstants(graph: Graph): void {
  const known = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const kept = new Map<string, Tensor>();
  for (const node of graph.node) {
    node.input = node.input.map((name, place) => {
      const tensor = known.get(name);
      if (tensor === undefined) return name;
      const contents = contentsOf(tensor);
      const first = kept.get(contents) ?? Object.assign(tensor, { name: `${node.name}/${place}` });
      kept.set(contents, first);
      return first.name;
    });
  }
  graph.initializer = [...kept.values()];
}

/** Type, shape and values, without the name. */
function contentsOf(tensor: Tensor): string {
  const bytes = TensorMessage.encode(TensorMessage.create({ ...tensor, name: '' })).finish();
  return Buffer.from(bytes).toString('latin1');
}
