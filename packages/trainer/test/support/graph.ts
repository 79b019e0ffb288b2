import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, GraphBuilder, placeholder, type NodeDef, type Output } from '../../src/graph/builder.ts';
import { writeSavedModel, type SignatureTensor } from '../../src/graph/encoding/saved-model.ts';
import { GraphSession, type TensorData } from '../../src/tensorflow/session.ts';

/** A graph of one call: from named tensors to named tensors. */
export interface GraphFunction {
  run(inputs: Readonly<Record<string, TensorData>>): Record<string, Float32Array>;
  close(): void;
}

/**
 * Writes and loads a graph of one call.
 *
 * @param shapes of the tensors that the call brings. @param write writes the graph and returns what the call fetches.
 */
export async function graphFunction(
  shapes: Readonly<Record<string, readonly number[]>>,
  write: (graph: GraphBuilder, inputs: (name: string) => Output) => Readonly<Record<string, Output>>,
): Promise<GraphFunction> {
  const graph = new GraphBuilder();
  const tensors: Record<string, SignatureTensor> = {};
  for (const [name, shape] of Object.entries(shapes)) {
    tensors[name] = { tensor: placeholder(graph, `given/${name}`, shape), dtype: 'DT_FLOAT', shape };
  }
  const given = (name: string): Output => {
    const tensor = tensors[name];
    if (tensor === undefined) throw new RangeError(`The graph is given no ${name}.`);
    return tensor.tensor;
  };
  const outputs = Object.fromEntries(
    Object.entries(write(graph, given)).map(([name, tensor]) => [
      name,
      { tensor, dtype: 'DT_FLOAT' as const, shape: [] },
    ]),
  );
  const initialise = graph.add('NoOp', 'initialise', [after(graph.scalar(0))]);
  const directory = await mkdtemp(join(tmpdir(), 'dilated-unet-graph-'));
  try {
    const signatures = { call: { inputs: tensors, outputs } };
    await writeSavedModel(directory, graph.nodes, signatures, initialise);
    const session = GraphSession.open(directory, signatures);
    return { run: (inputs) => session.run('call', inputs), close: () => session.close() };
  } finally {
    await rm(directory, { recursive: true });
  }
}

/**
 * Takes the nodes of another graph over into a function's graph, under names of their own beside its own constants. Its
 * placeholders are the function's.
 *
 * @returns the name in `graph` of what was called so in the other.
 */
export function keepNodes(graph: GraphBuilder, nodes: readonly NodeDef[]): (name: string) => Output {
  const renamed = (name: string): string => {
    if (name.startsWith('^')) return `^${renamed(name.slice(1))}`;
    return name.startsWith('given/') ? name : `kept/${name}`;
  };
  for (const node of nodes) {
    if (node.op !== 'Placeholder') graph.keep({ ...node, name: renamed(node.name), input: node.input.map(renamed) });
  }
  return renamed;
}
