import { concatChannels, slice } from '../arithmetic.ts';
import {
  after,
  attribute,
  FLOAT,
  INT32,
  nodeOf,
  output,
  type GraphBuilder,
  type NodeDef,
  type Output,
} from '../builder.ts';
import {
  grouped,
  integersOf,
  isOfBatch,
  LEAST_VALUES,
  nodeInputs,
  replaceNodes,
  valuesIn,
  type Rewrite,
  type RewriteContext,
} from './rewrite.ts';

/**
 * A batch norm treats every channel by itself, so the norm of a concatenation is the concatenation of norms:
 *
 *     norm([x1, x2, ...]; gamma, beta) = [norm(x1; gamma1, beta1), norm(x2; gamma2, beta2), ...]
 *
 * and so is its gradient, whose parts go to where they came from without being put together; a dropout mask that follows is
 * cut as well. What was concatenated need not be kept for the backward pass, and the statistics of a tensor that is normed in
 * two places, as encoder and decoder do, are the same in both.
 */
export const batchNormBeforeConcat: Rewrite = {
  name: 'batch-norm-before-concat',
  does: `the norm and the dropout of a concatenation as those of its parts: the concatenation is not kept, and the statistics of the skip connection are computed once (from ${grouped(LEAST_VALUES)} values)`,
  needs: [],
  when: ({ device }) => device === 'cpu',
  apply(old, target) {
    const least = target === undefined ? 0 : LEAST_VALUES;
    /** Norms of concatenations, in parts. */
    const normed = new Map<Output, readonly Part[]>();
    return replaceNodes(old, (node, context) => {
      if (node.op === 'ConcatV2') return dropConcat(node, context, least);
      if (node.op === 'Slice') return takePart(node, context, least);
      const masked = node.op === 'ReluGrad' ? normed.get(node.input[0] as Output) : undefined;
      if (masked !== undefined && isMasking(node, context)) return writeMasked(node, masked, context);
      const parts = normedParts(node, context, least);
      if (parts === undefined) return false;
      if (node.op === 'FusedBatchNormGradV3') return writeGradient(node, parts, context);
      normed.set(node.name, writeForward(node, parts, context));
      return true;
    });
  },
};

/** A tensor that is concatenated along its channels. */
interface Part {
  readonly tensor: Output;
  /** The channel of the whole that its first one becomes. */
  readonly begin: number;
  /** n, y, x, channel. */
  readonly shape: readonly number[];
}

/** The parts of the concatenation that `node` norms in training, or is the gradient of such a norm; else undefined. */
function normedParts(node: NodeDef, { producer, shape }: RewriteContext, least: number): readonly Part[] | undefined {
  if (!isOfBatch(node)) return undefined;
  const x = node.input[node.op === 'FusedBatchNormGradV3' ? 1 : 0] as Output;
  const concat = producer(x);
  if (concat.op !== 'ConcatV2' || valuesIn(shape(x)) < least) return undefined;
  const parts: Part[] = [];
  let begin = 0;
  for (const tensor of nodeInputs(concat).slice(0, -1)) {
    const ofPart = shape(tensor);
    if (ofPart === undefined) return undefined;
    parts.push({ tensor, begin, shape: ofPart });
    begin += ofPart[3] as number;
  }
  return parts;
}

/** Drops a concatenation that norms alone read; what waited for it waits for its last part. */
function dropConcat(node: NodeDef, context: RewriteContext, least: number): boolean {
  if (!context.readers(node.name).every((reader) => normedParts(reader, context, least) !== undefined)) return false;
  context.redirect(after(node.name), after(nodeInputs(node).at(-2) as Output));
  return true;
}

function writeForward(node: NodeDef, parts: readonly Part[], context: RewriteContext): readonly Part[] {
  const { graph, readers, redirect } = context;
  const [, gamma, beta, ...none] = node.input as [Output, Output, Output, ...Output[]];
  const norms = parts.map((part, k) => {
    const inputs = [
      part.tensor,
      ofPart(graph, node, 'gamma', gamma, part, k),
      ofPart(graph, node, 'beta', beta, part, k),
      ...none,
    ];
    return { ...part, tensor: graph.note(graph.add(node.op, partName(node.name, k), inputs, node.attr), part.shape) };
  });
  ['mean', 'variance'].forEach((what, k) =>
    redirect(
      output(node.name, k + 1),
      concatChannels(
        graph,
        `${node.name}/${what}`,
        norms.map(({ tensor }) => output(tensor, k + 1)),
      ),
    ),
  );
  // Where a mask follows, its parts are what is concatenated.
  if (readers(node.name).every((reader) => isMasking(reader, context))) {
    redirect(after(node.name), after((norms.at(-1) as Part).tensor));
  } else {
    writeConcat(node, norms, context);
  }
  return norms;
}

function writeMasked(node: NodeDef, parts: readonly Part[], context: RewriteContext): true {
  const { graph } = context;
  const keep = node.input[1] as Output;
  const masked = parts.map((part, k) => {
    const { tensor, begin, shape } = part;
    const keepPart = graph.note(slice(graph, `${node.name}/keep${k + 1}`, keep, [0, 0, 0, begin], shape), shape);
    return {
      ...part,
      tensor: graph.note(graph.add(node.op, partName(node.name, k), [tensor, keepPart], node.attr), shape),
    };
  });
  writeConcat(node, masked, context);
  return true;
}

function writeConcat(node: NodeDef, parts: readonly Part[], { graph }: RewriteContext): void {
  const tensors = parts.map(({ tensor }) => tensor);
  graph.replace(node, 'ConcatV2', [...tensors, graph.ints(-1)], {
    T: FLOAT,
    Tidx: INT32,
    N: attribute.int(tensors.length),
  });
}

function writeGradient(node: NodeDef, parts: readonly Part[], { graph, redirect }: RewriteContext): true {
  const [dy, , , reserve] = node.input as [Output, Output, Output, Output];
  const norm = nodeOf(reserve);
  const gradients = parts.map((part, k) => {
    const dyPart = slice(graph, `${node.name}/output_gradient${k + 1}`, dy, [0, 0, 0, part.begin], part.shape);
    const reserves = [3, 4, 5].map((place) => output(partName(norm, k), place));
    const inputs = [graph.note(dyPart, part.shape), part.tensor, `${norm}/gamma${k + 1}`, ...reserves];
    return graph.note(graph.add(node.op, partName(node.name, k), inputs, node.attr), part.shape);
  });
  ['dgamma', 'dbeta'].forEach((what, k) =>
    redirect(
      output(node.name, k + 1),
      concatChannels(
        graph,
        `${node.name}/${what}`,
        gradients.map((one) => output(one, k + 1)),
      ),
    ),
  );
  return true;
}

/** Lets the readers of a part of such a gradient read what made the part. */
function takePart(node: NodeDef, context: RewriteContext, least: number): boolean {
  const gradient = context.producer(node.input[0] as Output);
  const parts = gradient.op === 'FusedBatchNormGradV3' ? normedParts(gradient, context, least) : undefined;
  if (parts === undefined) return false;
  const begin = integersOf(context, node.input[1] as Output)[3];
  const k = parts.findIndex((part) => part.begin === begin);
  context.redirect(node.name, partName(gradient.name, k));
  return true;
}

function isMasking({ op, input }: NodeDef, { role }: RewriteContext): boolean {
  return op === 'ReluGrad' && role(input[1] as Output)?.kind === 'dropout-mask';
}

/** Gamma or beta of a part: (c) of a vector of all channels. */
function ofPart(
  graph: GraphBuilder,
  node: NodeDef,
  what: string,
  vector: Output,
  { begin, shape }: Part,
  k: number,
): Output {
  return slice(graph, `${node.name}/${what}${k + 1}`, vector, [begin], [shape[3] as number]);
}

function partName(name: string, k: number): string {
  return `${name}/part${k + 1}`;
}
