import { GraphBuilder, nodeOf, type NodeDef, type Output } from '../builder.ts';
import type { TensorRole } from '../tensor-role.ts';

/** A TensorFlow graph with what its writer knows of its tensors. */
export interface Graph {
  /** Each after its inputs. */
  readonly nodes: readonly NodeDef[];
  /** Shapes of tensors, by output; not of all. */
  readonly shapes: ReadonlyMap<Output, readonly number[]>;
  /** What tensors are, by output; not of all. */
  readonly roles: ReadonlyMap<Output, TensorRole>;
}

/** `mixed`: convolutions in bfloat16, all else in float32. */
export type Precision = 'float32' | 'mixed';

/** What the choice of rewrites depends on. It is no timing, so that one seed gives one run. */
export interface Target {
  readonly device: 'cpu' | 'gpu';
  /** Whether the processor has AVX-512, on which oneDNN's own gradient kernels are as fast as their rewrites. */
  readonly avx512: boolean;
  readonly precision: Precision;
  /** Threads that compute one operation. */
  readonly threads: number;
}

/**
 * A function from graph to graph that keeps every tensor's value, up to the rounding of sums taken in another order, and
 * every name that stands for a value: signatures stay valid.
 */
export interface Rewrite {
  readonly name: string;
  /** What it does, and from which size on: a phrase. */
  readonly does: string;
  /** Names of the rewrites that must come before it, because it finds nothing to change without them. */
  readonly needs: readonly string[];
  /** Whether training uses it on `target`. */
  when(target: Target): boolean;
  /** @param target limits it to what it makes faster there. @default none: it is applied wherever it can be */
  apply(graph: Graph, target?: Target): Graph;
}

/**
 * Values of a tensor from which rewrites of batch norms, and of what stands around them, make training faster: those of 64
 * channels in one window of 64 x 64.
 */
export const LEAST_VALUES = 2 ** 18;

/** A number with its thousands marked: 262,144. */
export function grouped(value: number): string {
  return value.toLocaleString('en');
}

/** The largest integer that divides both; a and b integers >= 0, not both 0. */
export function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** What a rewrite knows of the graph that it walks. */
export interface GraphContext {
  /** The node that makes `tensor`. */
  readonly producer: (tensor: Output) => NodeDef;
  /** The nodes that read `tensor`. */
  readonly readers: (tensor: Output) => readonly NodeDef[];
  /** Shape of a tensor, where its writer noted it. */
  readonly shape: (tensor: Output) => readonly number[] | undefined;
  /** What a tensor is, where its writer noted it. */
  readonly role: (tensor: Output) => TensorRole | undefined;
}

/** That, and the graph that it writes. */
export interface RewriteContext extends GraphContext {
  readonly graph: GraphBuilder;
  /** Lets all readers of an old tensor read `now` instead. */
  readonly redirect: (tensor: Output, now: Output) => void;
}

/** Calls `look` with each node, in order. */
export function visit(graph: Graph, look: (node: NodeDef, context: GraphContext) => void): void {
  const context = contextOf(graph);
  for (const node of graph.nodes) look(node, context);
}

function contextOf({ nodes, shapes, roles }: Graph): GraphContext {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const readers = new Map<string, NodeDef[]>();
  for (const node of nodes) {
    for (const input of new Set(node.input)) readers.set(input, [...(readers.get(input) ?? []), node]);
  }
  return {
    producer: (tensor) => byName.get(nodeOf(tensor)) as NodeDef,
    readers: (tensor) => readers.get(tensor) ?? [],
    shape: (tensor) => shapes.get(tensor),
    role: (tensor) => roles.get(tensor),
  };
}

/**
 * Walks the nodes in order and writes a new graph.
 *
 * @param replace is asked for each node: it writes what stands in the node's place, whose last node bears the old name,
 * and returns true; or it returns false, and the node is kept as it is. What it writes runs on the node's device.
 */
export function replaceNodes(old: Graph, replace: (node: NodeDef, context: RewriteContext) => boolean): Graph {
  const graph = new GraphBuilder(old.nodes.map(({ name }) => name));
  const redirected = new Map<Output, Output>();
  const context: RewriteContext = {
    ...contextOf(old),
    graph,
    redirect: (tensor, now) => void redirected.set(tensor, now),
  };
  for (const node of old.nodes) {
    if (!graph.within({ device: node.device }, () => replace(node, context))) graph.keep(node);
  }
  const nodes = graph.nodes.map((node) =>
    node.input.some((input) => redirected.has(input))
      ? { ...node, input: node.input.map((input) => redirected.get(input) ?? input) }
      : node,
  );
  return { nodes, shapes: new Map([...old.shapes, ...graph.shapes]), roles: new Map([...old.roles, ...graph.roles]) };
}

/** The tensors that `node` reads, without those nodes that it only waits for. */
export function nodeInputs(node: NodeDef): readonly Output[] {
  return node.input.filter((input) => !input.startsWith('^'));
}

/** How many values a tensor of `shape` has; 0 where it is not known. */
export function valuesIn(shape: readonly number[] = [0]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** Whether `node` is a batch norm with the statistics of its batch, or the gradient of one. */
export function isOfBatch({ op, attr }: NodeDef): boolean {
  const flag = attr['is_training'];
  return (op === 'FusedBatchNormV3' || op === 'FusedBatchNormGradV3') && flag !== undefined && 'b' in flag && flag.b;
}

/** By how many pixels a convolution, or a gradient of one, moves; it is the same along y and x. */
export function strideOf({ attr }: NodeDef): number {
  const strides = attr['strides'];
  return strides !== undefined && 'list' in strides ? (strides.list.i[1] as number) : 1;
}

/** By how many pixels the taps of a convolution, or of a gradient of one, lie apart; it is the same along y and x. */
export function dilationOf({ attr }: NodeDef): number {
  const dilations = attr['dilations'];
  return dilations !== undefined && 'list' in dilations ? (dilations.list.i[1] as number) : 1;
}

/** The values of a constant of integers of the old graph. */
export function integersOf(context: Pick<GraphContext, 'producer'>, tensor: Output): readonly number[] {
  return [...new Int32Array(bytesOf(context.producer(tensor)))];
}

/** The value of a float32 scalar constant; undefined where the node is none. */
export function scalarOf(node: NodeDef): number | undefined {
  const value = node.attr['value'];
  if (node.op !== 'Const' || value === undefined || !('tensor' in value)) return undefined;
  const { dtype, tensorShape } = value.tensor;
  return dtype === 'DT_FLOAT' && tensorShape.dim.length === 0 ? new Float32Array(bytesOf(node))[0] : undefined;
}

function bytesOf(node: NodeDef): ArrayBuffer {
  const value = node.attr['value'];
  if (value === undefined || !('tensor' in value)) throw new RangeError(`${node.name} is not a constant.`);
  return Uint8Array.from(value.tensor.tensorContent).buffer;
}
