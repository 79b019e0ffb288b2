import type { OnnxNode } from './inspect.ts';

/**
 * What is wrong with the transpositions of a graph. Reordering the axes of a full-size tensor costs as much as a small
 * convolution, so there may be one before the first convolution and one after the last, and none in between.
 *
 * @param nodes in an order in which they can be computed.
 */
export function misplacedTransposes(nodes: readonly OnnxNode[]): string[] {
  const after = reachedFromConv(nodes);
  const before = reachedFromConv(
    [...nodes].reverse().map((node) => ({ ...node, inputs: node.outputs, outputs: node.inputs })),
  );
  const transposes = nodes.filter(({ op }) => op === 'Transpose');
  const at = (node: OnnxNode) => ({
    after: after.has(node.outputs[0] ?? ''),
    before: before.has(node.inputs[0] ?? ''),
  });
  const inside = transposes.filter((node) => at(node).after && at(node).before);
  const first = transposes.filter((node) => !at(node).after);
  const last = transposes.filter((node) => at(node).after && !at(node).before);
  return [
    ...inside.map(({ name }) => `no Transpose may stand between convolutions, ${name} does`),
    ...(first.length > 1 ? [`at most one Transpose may stand before the convolutions, ${first.length} do`] : []),
    ...(last.length > 1 ? [`at most one Transpose may stand after the convolutions, ${last.length} do`] : []),
  ];
}

/** Names of the tensors that depend on a convolution's output. */
function reachedFromConv(nodes: readonly OnnxNode[]): ReadonlySet<string> {
  const reached = new Set<string>();
  for (const { op, inputs, outputs } of nodes) {
    if (op !== 'Conv' && !inputs.some((name) => reached.has(name))) continue;
    for (const name of outputs) if (name !== '') reached.add(name);
  }
  return reached;
}
