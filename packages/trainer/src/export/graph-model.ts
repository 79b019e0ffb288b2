import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { shapeProto, type NodeDef, type TensorProto } from '../graph/builder.ts';
import { GRAPH_PRODUCER, GraphDefMessage } from '../graph/encoding/tensorflow-proto.ts';
import { writeFileAtomically } from '@dilated-unet/host';
import { INPUT, OUTPUT } from './inference-graph.ts';

/** Largest weight file. Source: tensorflowjs_converter's default; browsers cache files of this size. */
const SHARD_BYTES = 4 * 2 ** 20;
const DTYPES = { DT_FLOAT: 'float32', DT_INT32: 'int32' } as const;

interface WeightEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: (typeof DTYPES)[keyof typeof DTYPES];
}

/**
 * Writes `nodes` as a TensorFlow.js graph-model, which `tf.loadGraphModel` runs and tf2onnx converts: `model.json` with
 * the graph, in protobuf's JSON form, and beside it the values of its constants in shards of at most 4 MiB.
 *
 * @returns path of `model.json`, written last.
 */
export async function writeGraphModel(directory: string, nodes: readonly NodeDef[]): Promise<string> {
  await mkdir(directory, { recursive: true });
  const weights: WeightEntry[] = [];
  const values: Uint8Array[] = [];
  const topology = nodes.map((node) => {
    const value = node.op === 'Const' ? node.attr['value'] : undefined;
    if (value === undefined || !('tensor' in value)) return node;
    const { tensor } = value;
    weights.push({
      name: node.name,
      shape: tensor.tensorShape.dim.map(({ size }) => size),
      dtype: DTYPES[tensor.dtype as keyof typeof DTYPES],
    });
    values.push(tensor.tensorContent);
    return { ...node, attr: { ...node.attr, value: { tensor: { ...tensor, tensorContent: new Uint8Array() } } } };
  });

  const paths: string[] = [];
  const all = Buffer.concat(values);
  const shards = Math.max(1, Math.ceil(all.length / SHARD_BYTES));
  for (let i = 0; i < shards; i++) {
    const name = `weights-${i + 1}-of-${shards}.bin`;
    await writeFileAtomically(join(directory, name), all.subarray(i * SHARD_BYTES, (i + 1) * SHARD_BYTES));
    paths.push(name);
  }
  const path = join(directory, 'model.json');
  await writeFileAtomically(
    path,
    JSON.stringify({
      format: 'graph-model',
      generatedBy: 'dilated-unet',
      convertedBy: null,
      signature: { inputs: { [INPUT]: tensorInfo(INPUT) }, outputs: { [OUTPUT]: tensorInfo(OUTPUT) } },
      modelTopology: graphJson(topology),
      weightsManifest: [{ paths, weights }],
    }),
  );
  return path;
}

/** Protobuf's JSON form: enums by name, 64-bit integers as texts, bytes as base64. */
function graphJson(nodes: readonly NodeDef[]): unknown {
  const message = GraphDefMessage.fromObject({ node: nodes, versions: { producer: GRAPH_PRODUCER } });
  return GraphDefMessage.toObject(message, { enums: String, longs: String, bytes: String, arrays: true });
}

function tensorInfo(name: string): { name: string; dtype: TensorProto['dtype']; tensorShape: unknown } {
  const { dim } = shapeProto([-1, -1, -1, 1]);
  return {
    name: `${name}:0`,
    dtype: 'DT_FLOAT',
    tensorShape: { dim: dim.map(({ size }) => ({ size: String(size) })) },
  };
}
