import { nodeOf, type DataType, type NodeDef, type Output } from '../builder.ts';
import { isSum } from '../arithmetic.ts';
import { integersOf, nodeInputs, valuesIn, type Graph } from './rewrite.ts';

/** Operations that make each value of their output from one value of each input, or from one a channel. */
const ELEMENTWISE: readonly string[] = ['AddV2', 'BiasAdd', 'ConcatV2', 'Mul', 'Relu', 'ReluGrad', 'Slice', 'Sub'];

/** Of operations that read no float32: what they read. */
const READ: ReadonlyMap<string, DataType> = new Map([
  ['Cast', 'DT_BOOL'],
  ['GreaterEqual', 'DT_UINT8'],
]);

/** What a chain begins with: a tensor that something else makes. */
export interface Leaf {
  readonly type: DataType;
  /** Whether it has a value for each of the chain's values, not one for each channel or one for all. */
  readonly isWhole: boolean;
}

/** Chains that become one function. */
export interface Group {
  /** The nodes that the chains end in, in order. */
  readonly ends: NodeDef[];
  readonly leaves: Map<Output, Leaf>;
  /** Control inputs. */
  readonly waits: Set<string>;
}

/** The chains of elementwise operations in a graph. */
export class Chains {
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
    return (
      this.isSlicing(node) || (this.#isElementwise(node) && readers.every((reader) => this.#computes(reader, node)))
    );
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

  /** Shape of a tensor (n, y, x, c) of which it is known. */
  shapeOf(tensor: Output): readonly number[] {
    return this.#old.shapes.get(tensor) as readonly number[];
  }

  /** Channels of a tensor (n, y, x, c) whose shape is known. */
  channelsOf(tensor: Output): number | undefined {
    return this.#old.shapes.get(tensor)?.[3];
  }

  /** Shape of the slices that `node` makes. */
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
    const shape = this.#old.shapes.get(node.name);
    return shape?.length === 4 && valuesIn(shape) >= this.#least;
  }

  /** Whether a node compares dropout's random bytes with their threshold, or makes a mask of that. */
  #isOfMask(node: NodeDef): boolean {
    const kind = this.#old.roles.get(node.name)?.kind;
    return kind === 'dropout-decision' || kind === 'dropout-mask';
  }

  #isElementwise(node: NodeDef): boolean {
    if (this.#isOfMask(node)) return true;
    if (!ELEMENTWISE.includes(node.op) || !this.#isLarge(node) || this.#isOfConvolution(node)) return false;
    return (
      node.op !== 'ConcatV2' ||
      nodeInputs(node)
        .slice(0, -1)
        .every((part) => this.channelsOf(part) !== undefined)
    );
  }

  /** Whether a node is the bias or the ReLU of a convolution, which TensorFlow makes one operation with it. */
  #isOfConvolution(node: NodeDef): boolean {
    if (node.op !== 'BiasAdd' && node.op !== 'Relu') return false;
    const maker = this.producer(node.input[0] as Output);
    return maker.op === 'Conv2D' || this.#isOfConvolution(maker);
  }

  /** Whether `reader` computes what `node` makes for itself. Of a sum's terms those are stored that wait for the last. */
  #computes(reader: NodeDef, node: NodeDef): boolean {
    if (isSum(reader) && !isSum(node) && nodeInputs(reader).some((term) => this.#place(term) > this.#place(node.name)))
      return false;
    return this.isSlicing(reader) || (this.#isOfMask(reader) ? this.isInner(reader) : this.#isElementwise(reader));
  }

  #isEnd(node: NodeDef): boolean {
    if (node.op === 'Complex') return this.isInner(this.producer(node.input[0] as Output));
    return this.#isElementwise(node) && !this.#isOfMask(node) && !this.isInner(node);
  }

  #beginning(node: NodeDef, leaves = new Map<Output, Leaf>(), waits = new Set<string>()): Omit<Group, 'ends'> {
    nodeInputs(node).forEach((input, i) => {
      const maker = this.producer(input);
      if (maker.op === 'Const') return;
      if (this.isInner(maker)) {
        this.#beginning(maker, leaves, waits);
        return;
      }
      // What a mask is made of has the shape of the mask, apart from the threshold.
      const isWhole = this.#isOfMask(node) ? i === 0 : this.#old.shapes.get(input)?.length === 4;
      leaves.set(input, { type: READ.get(node.op) ?? 'DT_FLOAT', isWhole });
    });
    // A mask waited for the value that it is applied to.
    if (!this.#isOfMask(node)) for (const input of node.input) if (input.startsWith('^')) waits.add(input);
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
