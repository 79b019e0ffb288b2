import {
  after,
  argument,
  attribute,
  GraphBuilder,
  INT32,
  nodeOf,
  output,
  type DataType,
  type FunctionDef,
  type NodeDef,
  type Output,
} from '../builder.ts';
import { isSum, reshape, slice, sum } from '../arithmetic.ts';
import { callAttributes, COMPILED_CALL } from './compiled-call.ts';
import { isKeptMask } from './dropout-pattern.ts';
import { integersOf, nodeInputs, replaceNodes, valuesIn, type Graph, type Rewrite } from './rewrite.ts';

/** Operations that make each value of their output from one value of each input, or from one a channel. */
const ELEMENTWISE: readonly string[] = ['AddV2', 'BiasAdd', 'ConcatV2', 'Mul', 'Relu', 'ReluGrad', 'Slice', 'Sub'];

/** Of operations that read no float32: what they read. */
const READ: ReadonlyMap<string, DataType> = new Map([
  ['Cast', 'DT_BOOL'],
  ['GreaterEqual', 'DT_UINT8'],
]);

/**
 * Chains of elementwise operations as functions that XLA compiles, one pass over memory each: TensorFlow runs every
 * operation as a pass of its own. A tensor that something else reads (a convolution, a pooling) becomes a function of the
 * nearest tensors behind it that are no such chains; what only stood between is no longer stored, and where two functions
 * need it, both compute it. Dropout's lots are compared with their bound there too, so that they wait as bytes.
 *
 * Sums over slices of a batch (see batch-norm-by-sums) end such a chain as well. They are written as additions of slices,
 * as XLA's own reductions on a CPU do not use its vectors.
 *
 * Functions that share an argument, and could run at the same time, become one of several outputs, which reads it once.
 *
 * @param least values that a tensor has at least for its chain to be compiled. @default 0
 */
export function elementwiseCompiled(least = 0): Rewrite {
  return {
    name: 'elementwise-compiled',
    apply(old) {
      const chains = new Chains(old, least);
      const functions = new Map<string, FunctionDef>();
      return replaceNodes(old, (node, { graph, redirect }) => {
        if (chains.isInner(node)) {
          redirect(after(node.name), after(chains.lastLeaf(node)));
          return true;
        }
        const group = chains.groupOf(node);
        if (group === undefined) return false;
        if (group.ends[0] !== node) return true;
        const definition = named(functions, functionOf(group, chains));
        graph.replace(node, COMPILED_CALL, [...group.leaves.keys(), ...group.waits], callAttributes(definition));
        group.ends.forEach((end, k) => {
          const sides = old.shapes.get(end.name);
          if (sides !== undefined) graph.note(output(node.name, k), sides);
          if (k === 0) return;
          redirect(end.name, output(node.name, k));
          redirect(after(end.name), after(node.name));
        });
        return true;
      });
    },
  };
}

/** What a chain begins with: a tensor that something else makes. */
interface Leaf {
  readonly type: DataType;
  /** Whether it has a value for each of the chain's values, not one for each channel or one for all. */
  readonly isWhole: boolean;
}

/** Chains that become one function. */
interface Group {
  /** The nodes that the chains end in, in order. */
  readonly ends: NodeDef[];
  readonly leaves: Map<Output, Leaf>;
  /** Control inputs. */
  readonly waits: Set<string>;
}

/** The chains of elementwise operations in a graph. */
class Chains {
  readonly #old: Graph;
  readonly #least: number;
  readonly #places: ReadonlyMap<string, number>;
  readonly #readers = new Map<string, NodeDef[]>();
  readonly #groups = new Map<NodeDef, Group>();

  constructor(old: Graph, least: number) {
    this.#old = old;
    this.#least = least;
    this.#places = new Map(old.nodes.map((node, place) => [node.name, place]));
    for (const node of old.nodes) {
      for (const maker of new Set(nodeInputs(node).map(nodeOf))) {
        this.#readers.set(maker, [...(this.#readers.get(maker) ?? []), node]);
      }
    }
    const groups: Group[] = [];
    for (const node of old.nodes) {
      if (this.#isEnd(node)) this.#join(node, groups);
    }
  }

  /** Whether a node is only part of chains, and no longer needed for itself. */
  isInner(node: NodeDef): boolean {
    const readers = this.#readersOf(node);
    if (readers.length === 0) return false;
    if (node.op === 'Sum') return this.isSlicing(this.producer(node.input[0] as Output));
    return this.isSlicing(node) || (this.#isElementwise(node) && readers.every((reader) => this.#computes(reader, node)));
  }

  /** The group whose chain ends in `node`. */
  groupOf(node: NodeDef): Group | undefined {
    return this.#groups.get(node);
  }

  /** Of what the chain behind an inner node begins with, that which is made last. */
  lastLeaf(node: NodeDef): Output {
    const leaves = [...this.#beginning(node).leaves.keys()];
    return leaves.reduce((last, leaf) => (this.#place(leaf) > this.#place(last) ? leaf : last));
  }

  /** The node that makes `tensor`. */
  producer(tensor: Output): NodeDef {
    return this.#old.nodes[this.#place(tensor)] as NodeDef;
  }

  /** Whether a node makes slices that are added up, for a pair of sums: slice, pixel, channel. */
  isSlicing(node: NodeDef): boolean {
    if (node.op !== 'Reshape' || !this.#isLarge(this.producer(node.input[0] as Output))) return false;
    return this.#readersOf(node).every((reader) => this.#isPaired(reader));
  }

  #isPaired(node: NodeDef): boolean {
    return node.op === 'Sum' && this.#readersOf(node).every(({ op }) => op === 'Complex');
  }

  /** Sides of a tensor (n, y, x, c) of which they are known. */
  sidesOf(tensor: Output): readonly number[] {
    return this.#old.shapes.get(tensor) as readonly number[];
  }

  /** Channels of a tensor (n, y, x, c) whose sides are known. */
  channelsOf(tensor: Output): number | undefined {
    return this.#old.shapes.get(tensor)?.[3];
  }

  /** Sides of the slices that `node` makes. */
  slicesOf(node: NodeDef): readonly [number, number, number] {
    return integersOf(this, node.input[1] as Output) as unknown as readonly [number, number, number];
  }

  #place(tensor: string): number {
    return this.#places.get(nodeOf(tensor.replace('^', ''))) as number;
  }

  #readersOf(node: NodeDef): readonly NodeDef[] {
    return this.#readers.get(node.name) ?? [];
  }

  #isLarge(node: NodeDef): boolean {
    const sides = this.#old.shapes.get(node.name);
    return sides?.length === 4 && valuesIn(sides) >= this.#least;
  }

  #isElementwise(node: NodeDef): boolean {
    if (isOfMask(node)) return true;
    if (!ELEMENTWISE.includes(node.op) || !this.#isLarge(node) || this.#isOfConvolution(node)) return false;
    return node.op !== 'ConcatV2' || nodeInputs(node).slice(0, -1).every((part) => this.channelsOf(part) !== undefined);
  }

  /** Whether a node is the bias or the ReLU of a convolution, which TensorFlow makes one operation with it. */
  #isOfConvolution(node: NodeDef): boolean {
    if (node.op !== 'BiasAdd' && node.op !== 'Relu') return false;
    const maker = this.producer(node.input[0] as Output);
    return maker.op === 'Conv2D' || this.#isOfConvolution(maker);
  }

  /** Whether `reader` computes what `node` makes for itself. Of a sum's terms those are stored that wait for the last. */
  #computes(reader: NodeDef, node: NodeDef): boolean {
    if (isSum(reader) && !isSum(node) && nodeInputs(reader).some((term) => this.#place(term) > this.#place(node.name))) return false;
    return this.isSlicing(reader) || (isOfMask(reader) ? this.isInner(reader) : this.#isElementwise(reader));
  }

  #isEnd(node: NodeDef): boolean {
    if (node.op === 'Complex') return this.isInner(this.producer(node.input[0] as Output));
    return this.#isElementwise(node) && !isOfMask(node) && !this.isInner(node);
  }

  #beginning(node: NodeDef, leaves = new Map<Output, Leaf>(), waits = new Set<string>()): Omit<Group, 'ends'> {
    nodeInputs(node).forEach((input, i) => {
      const maker = this.producer(input);
      if (maker.op === 'Const') return;
      if (this.isInner(maker)) {
        this.#beginning(maker, leaves, waits);
        return;
      }
      // What a mask is made of has the sides of the mask, apart from the bound of the lots.
      const isWhole = isOfMask(node) ? i === 0 : this.#old.shapes.get(input)?.length === 4;
      leaves.set(input, { type: READ.get(node.op) ?? 'DT_FLOAT', isWhole });
    });
    // A mask waited for the value that it is applied to.
    if (!isOfMask(node)) for (const input of node.input) if (input.startsWith('^')) waits.add(input);
    return { leaves, waits };
  }

  /** Joins a chain to a group that reads the same, if all that it needs is there when the group's first needs it. */
  #join(end: NodeDef, groups: Group[]): void {
    const { leaves, waits } = this.#beginning(end);
    const fits = ({ ends, leaves: others }: Group): boolean =>
      [...leaves.keys(), ...waits].every((one) => this.#place(one) < this.#place((ends[0] as NodeDef).name)) &&
      [...leaves].some(([leaf, { isWhole }]) => isWhole && others.has(leaf));
    const known = groups.find(fits);
    const group: Group = known ?? { ends: [], leaves: new Map(), waits: new Set() };
    if (known === undefined) groups.push(group);
    group.ends.push(end);
    for (const [leaf, kind] of leaves) group.leaves.set(leaf, kind);
    for (const wait of waits) group.waits.add(wait);
    this.#groups.set(end, group);
  }
}

/** Whether a node compares dropout's lots with their bound, or makes a mask of that. */
function isOfMask(node: NodeDef): boolean {
  return isKeptMask(node) || node.op === 'GreaterEqual';
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function typeOf({ op }: NodeDef): DataType {
  return op === 'Complex' ? 'DT_COMPLEX64' : 'DT_FLOAT';
}

/** The k-th of a tensor's slices of so many pixels. */
interface Part {
  readonly slices: number;
  readonly pixels: number;
  readonly channels: number;
  readonly k: number;
}

/** The function that makes a group's ends of its leaves. Its nodes' names tell nothing but what it computes. */
function functionOf({ ends, leaves }: Group, chains: Chains): Omit<FunctionDef, 'name'> {
  const body = new GraphBuilder();
  const written = new Map<string, Output>();
  const places = new Map([...leaves.keys()].map((leaf, k) => [leaf, argument(k)]));
  const write = (tensor: Output, part?: Part): Output => {
    const key = `${tensor} ${JSON.stringify(part)}`;
    const known = written.get(key) ?? writeAnew(tensor, part);
    written.set(key, known);
    return known;
  };
  const writeAnew = (tensor: Output, part?: Part): Output => {
    const leaf = leaves.get(tensor);
    if (leaf === undefined) return writeNode(chains.producer(tensor), part);
    const given = places.get(tensor) as Output;
    return leaf.isWhole && part !== undefined ? writePart(body, given, leaf.type, part) : given;
  };
  const writeNode = (node: NodeDef, part?: Part): Output => {
    if (node.op === 'Sum') {
      const slicing = chains.producer(node.input[0] as Output);
      const [slices, pixels, channels] = chains.slicesOf(slicing);
      const ofPart = (k: number): Output => write(slicing.input[0] as Output, { slices, pixels, channels, k });
      return sum(body, 'sum', Array.from({ length: slices }, (_, k) => ofPart(k)));
    }
    if (node.op === 'ConcatV2' && part === undefined) return writeConcat(node);
    const inputs = nodeInputs(node).map((input) =>
      write(input, part === undefined ? undefined : { ...part, channels: chains.channelsOf(input) ?? part.channels }),
    );
    if (node.op === 'Slice' && part !== undefined) {
      const first = integersOf(chains, node.input[1] as Output)[3] as number;
      return slice(body, 'slice', inputs[0] as Output, [0, first], [part.pixels, part.channels]);
    }
    return body.add(node.op, node.op.toLowerCase(), inputs, node.attr);
  };
  /** A concatenation of blocks of channels, so that XLA's innermost loop, over a block, reads one part alone. */
  const writeConcat = (node: NodeDef): Output => {
    const tensors = nodeInputs(node).slice(0, -1);
    const channels = tensors.map((tensor) => chains.channelsOf(tensor) as number);
    const block = channels.reduce(greatestCommonDivisor);
    const parts = tensors.map((tensor, k) => reshape(body, 'blocks', write(tensor), [-1, (channels[k] as number) / block, block]));
    const joined = body.add('ConcatV2', 'concat', [...parts, body.ints(1)], { ...node.attr, N: attribute.int(parts.length) });
    return reshape(body, 'joined', joined, chains.sidesOf(node.name));
  };
  const outputs = ends.map((end) => ({ tensor: writeNode(end), type: typeOf(end) }));
  return { inputs: [...leaves.values()].map(({ type }) => type), nodes: body.nodes, outputs };
}

function writePart(body: GraphBuilder, whole: Output, type: DataType, { slices, pixels, channels, k }: Part): Output {
  const T = attribute.type(type);
  const all = body.add('Reshape', 'slices', [whole, body.ints([slices, pixels, channels])], { T, Tshape: INT32 });
  const one = body.add('Slice', 'part', [all, body.ints([k, 0, 0]), body.ints([1, pixels, channels])], { T, Index: INT32 });
  return body.add('Reshape', 'pixels', [one, body.ints([pixels, channels])], { T, Tshape: INT32 });
}

/** The definition by its name; of functions that compute the same there is one. */
function named(functions: Map<string, FunctionDef>, definition: Omit<FunctionDef, 'name'>): FunctionDef {
  const key = JSON.stringify(definition, (_, value: unknown) => (value instanceof Uint8Array ? [...value] : value));
  const known = functions.get(key) ?? { name: `elementwise_${functions.size}`, ...definition };
  functions.set(key, known);
  return known;
}
