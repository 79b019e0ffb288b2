import type { TensorRole } from './tensor-role.ts';

/** A tensor in the graph: the name of the node that makes it, with `:k` behind it for its k-th output. */
export type Output = string;

export type DataType =
  | 'DT_FLOAT'
  | 'DT_DOUBLE'
  | 'DT_INT32'
  | 'DT_INT64'
  | 'DT_BOOL'
  | 'DT_BFLOAT16'
  | 'DT_COMPLEX64'
  | 'DT_COMPLEX128'
  | 'DT_UINT8'
  | 'DT_QUINT8'
  | 'DT_UINT32'
  | 'DT_UINT64'
  | 'DT_RESOURCE';

/** Attribute of a node, in the form of TensorFlow's AttrValue message. */
export type Attribute =
  | { readonly type: DataType }
  | { readonly i: number }
  | { readonly f: number }
  | { readonly b: boolean }
  | { readonly s: Uint8Array }
  | { readonly list: { readonly i: readonly number[]; readonly type?: readonly DataType[] } }
  | { readonly function: FunctionDef }
  | { readonly shape: ShapeProto }
  | { readonly tensor: TensorProto };

export interface ShapeProto {
  readonly dim: readonly { readonly size: number }[];
}

export interface TensorProto {
  readonly dtype: DataType;
  readonly tensorShape: ShapeProto;
  readonly tensorContent: Uint8Array;
}

export interface NodeDef {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  /** TensorFlow's name of where it runs. @default TensorFlow's choice: the first GPU, where its operation has a kernel for it */
  readonly device?: string;
  readonly attr: Readonly<Record<string, Attribute>>;
}

/** What the nodes of a part of a graph have in common. */
export interface Scope {
  /** See NodeDef. */
  readonly device?: string | undefined;
  /** What their names, and those of layers in their roles, begin with. @default nothing */
  readonly prefix?: string;
}

/** A function of tensors that a graph's nodes may call; two of one name are the same. */
export interface FunctionDef {
  readonly name: string;
  /** Types of its arguments, which its nodes read as `argument(0)`, `argument(1)`, ... */
  readonly inputs: readonly DataType[];
  /** Each after its inputs; all have one output. */
  readonly nodes: readonly NodeDef[];
  readonly outputs: readonly { readonly tensor: Output; readonly type: DataType }[];
}

/** Values of a constant, row-major. */
export interface ConstantValue {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint32Array | BigUint64Array;
}

export const attribute = {
  type: (type: DataType): Attribute => ({ type }),
  int: (i: number): Attribute => ({ i }),
  float: (f: number): Attribute => ({ f }),
  bool: (b: boolean): Attribute => ({ b }),
  string: (s: string): Attribute => ({ s: new TextEncoder().encode(s) }),
  ints: (i: readonly number[]): Attribute => ({ list: { i } }),
  types: (type: readonly DataType[]): Attribute => ({ list: { i: [], type } }),
  function: (definition: FunctionDef): Attribute => ({ function: definition }),
  /** @param shape -1 where free. */
  shape: (shape: readonly number[]): Attribute => ({ shape: shapeProto(shape) }),
};

export function shapeProto(shape: readonly number[]): ShapeProto {
  return { dim: shape.map((size) => ({ size })) };
}

export const FLOAT = attribute.type('DT_FLOAT');
export const INT32 = attribute.type('DT_INT32');
/** Axes n, y, x, channel. TensorFlow's default, but converters want it written. */
export const NHWC = attribute.string('NHWC');

/** Collects the nodes of a TensorFlow graph, each after its inputs. Names are made unique by a number behind them. */
export class GraphBuilder {
  readonly nodes: NodeDef[] = [];
  /** Shapes of those tensors for which `note` was called. */
  readonly shapes = new Map<Output, readonly number[]>();
  readonly roles = new Map<Output, TensorRole>();
  readonly #names: Set<string>;
  readonly #constants = new Map<string, Output>();
  readonly #functions = new Map<string, FunctionDef>();
  #scope: Scope = {};

  /** @param reserved names that only `keep` and `replace` may use. */
  constructor(reserved: Iterable<string> = []) {
    this.#names = new Set(reserved);
  }

  /** Lets `write` add its nodes in `scope`, in the place of the one around. */
  within<T>(scope: Scope, write: () => T): T {
    const around = this.#scope;
    this.#scope = scope;
    try {
      return write();
    } finally {
      this.#scope = around;
    }
  }

  /** Notes the shape of a tensor, and what it is, for rewrites that depend on them; returns the tensor. */
  note(tensor: Output, shape: readonly number[], role?: TensorRole): Output {
    this.shapes.set(tensor, shape);
    if (role !== undefined) this.roles.set(tensor, { ...role, layer: this.#prefixed(role.layer) });
    return tensor;
  }

  /** Takes a node over from another graph, with its name. */
  keep(node: NodeDef): void {
    this.nodes.push(node);
  }

  /** Adds a node in the place of one of another graph, under that one's name. */
  replace(old: NodeDef, op: string, inputs: readonly string[], attr: Readonly<Record<string, Attribute>> = {}): Output {
    this.nodes.push(this.#placed({ name: old.name, op, input: inputs, attr }));
    return old.name;
  }

  /**
   * Adds a node.
   *
   * @param op TensorFlow's name of the operation, for example `Conv2D`.
   * @param name wanted name, without the prefix of the scope; made unique.
   * @param inputs tensors, then control inputs as `^node`.
   * @returns its first output; `output(name, k)` gives the others.
   */
  add(op: string, name: string, inputs: readonly string[], attr: Readonly<Record<string, Attribute>> = {}): Output {
    const wanted = this.#prefixed(name);
    let unique = wanted;
    for (let i = 1; this.#names.has(unique); i++) unique = `${wanted}_${i}`;
    this.#names.add(unique);
    this.nodes.push(this.#placed({ name: unique, op, input: inputs, attr }));
    return unique;
  }

  #prefixed(name: string): string {
    return `${this.#scope.prefix ?? ''}${name}`;
  }

  #placed(node: NodeDef): NodeDef {
    const { device } = this.#scope;
    return device === undefined ? node : { ...node, device };
  }

  /** A constant. */
  constant(name: string, { shape, data }: ConstantValue): Output {
    const dtype = dataTypeOf(data);
    return this.add('Const', name, [], {
      dtype: { type: dtype },
      value: {
        tensor: {
          dtype,
          tensorShape: shapeProto(shape),
          tensorContent: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
        },
      },
    });
  }

  /** A float32 scalar, one node per value and scope. */
  scalar(value: number): Output {
    return this.shared(`constant/${value}`, () => ({ shape: [], data: Float32Array.of(value) }));
  }

  /** A vector of int32, one node per value and scope; a scalar where `values` is a number. */
  ints(values: readonly number[] | number): Output {
    const list = typeof values === 'number' ? [values] : values;
    const name = `constant/${typeof values === 'number' ? 'int' : 'ints'}_${list.join('_')}`.replace(/-/g, 'm');
    return this.shared(name, () => ({
      shape: typeof values === 'number' ? [] : [list.length],
      data: Int32Array.from(list),
    }));
  }

  /** A constant, one node per name and scope: `name` says all that its value depends on. */
  shared(name: string, value: () => ConstantValue): Output {
    const key = JSON.stringify([this.#scope.device, this.#prefixed(name)]);
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const output = this.constant(name.replace('+', ''), value());
    this.#constants.set(key, output);
    return output;
  }

  /** A function for nodes to call, one per name: `name` says all that it depends on. */
  function(name: string, definition: () => Omit<FunctionDef, 'name'>): FunctionDef {
    const known = this.#functions.get(name) ?? { name, ...definition() };
    this.#functions.set(name, known);
    return known;
  }
}

function dataTypeOf(data: ConstantValue['data']): DataType {
  if (data instanceof Float32Array) return 'DT_FLOAT';
  if (data instanceof Int32Array) return 'DT_INT32';
  return data instanceof Uint32Array ? 'DT_UINT32' : 'DT_UINT64';
}

/** The k-th output of the node behind `first`. */
export function output(first: Output, k: number): Output {
  return k === 0 ? first : `${first}:${k}`;
}

/** The k-th argument within a function. */
export function argument(k: number): Output {
  return `argument${k}`;
}

/** Name of the node that makes `tensor`. */
export function nodeOf(tensor: Output): string {
  return tensor.replace(/:\d+$/, '');
}

/** A control input: the node behind `value` must have run. */
export function after(value: Output): string {
  return `^${nodeOf(value)}`;
}

/** A tensor that a call brings; -1 in `shape` leaves a side free. */
export function placeholder(
  graph: GraphBuilder,
  name: string,
  shape: readonly number[],
  dtype: Attribute = FLOAT,
): Output {
  return graph.add('Placeholder', name, [], { dtype, shape: attribute.shape(shape) });
}
