import { inferenceForm, sigmoidHead, type Network, type ParameterValues } from '@dilated-unet/core';
import { attribute, FLOAT, GraphBuilder, INT32, placeholder, type NodeDef, type Output } from '../graph/builder.ts';
import { writeInference } from '../graph/network.ts';

/** Name of the exported graph's input: float32, axes n, y, x, 1, z-scores. */
export const INPUT = 'image';
/** Name of its output: float32, axes n, y, x, 1, probability of interior. */
export const OUTPUT = 'interior';

/**
 * Writes `network` as a trained model applies it, with its weights as constants: n, y and x free (y and x multiples of the
 * stride), dropout removed, the softmax of two classes a sigmoid, all padding explicit.
 */
export function writeInferenceGraph(network: Network, values: ParameterValues): readonly NodeDef[] {
  const form = sigmoidHead(inferenceForm(network), values);
  const graph = new GraphBuilder([OUTPUT]);
  const image = placeholder(graph, INPUT, [-1, -1, -1, 1]);
  const constants = new Map<string, Output>();
  const probability = writeInference(graph, form.network, image, (name) => {
    const known = constants.get(name);
    if (known !== undefined) return known;
    const value = form.values.get(name);
    if (value === undefined) throw new RangeError(`The weights lack ${name}.`);
    const constant = graph.constant(name, value);
    constants.set(name, constant);
    return constant;
  });
  writeOutput(graph, probability);
  return graph.nodes;
}

/**
 * Drops the channel axis and adds it again. Converters compute channels first; behind an axis that is dropped nothing has to
 * be put back in order. Without this, tf2onnx ends the graph in a Reshape to sides that it computes, and now and
 * then it loses the last node of those: the output then has five axes.
 */
function writeOutput(graph: GraphBuilder, probability: Output): void {
  const plane = graph.add('Squeeze', `${OUTPUT}/plane`, [probability], { T: FLOAT, squeeze_dims: attribute.ints([3]) });
  const axis = graph.constant(`${OUTPUT}/axis`, { shape: [], data: Int32Array.of(3) });
  graph.keep({ name: OUTPUT, op: 'ExpandDims', input: [plane, axis], attr: { T: FLOAT, Tdim: INT32 } });
}
