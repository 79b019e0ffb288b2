import { fromModel, toModel, type GraphProto } from './schema.ts';

/** ONNX's TensorProto.DataType. */
const FLOAT32 = 1;

/**
 * `model`, an ONNX file, with more outputs, so that who runs it sees what lies within.
 *
 * @param tensors names of float32 tensors in its graph, as `calibratedTensors` gives them.
 */
export function withOutputs(model: Uint8Array, tensors: readonly string[]): Uint8Array {
  const proto = toModel(model);
  const graph = proto.graph as GraphProto;
  const added = tensors.map((name) => ({ name, type: { tensorType: { elemType: FLOAT32 } } }));
  return fromModel({ ...proto, graph: { ...graph, output: [...graph.output, ...added] } });
}
