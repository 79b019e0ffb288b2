import {
  argument,
  attribute,
  GraphBuilder,
  INT32,
  type DataType,
  type FunctionDef,
  type NodeDef,
  type Output,
} from '../builder.ts';
import { reshape, slice, sum } from '../arithmetic.ts';
import type { Chains, Group } from './fusion-chains.ts';
import { greatestCommonDivisor, integersOf, nodeInputs } from './rewrite.ts';

/** The k-th of a tensor's slices of so many pixels. */
interface Part {
  readonly slices: number;
  readonly pixels: number;
  readonly channels: number;
  readonly k: number;
}

/** Channels of a block from which loops over blocks are faster than one over all channels, which finds a part for each. */
const LEAST_BLOCK = 32;

/** The function that makes a group's ends of its leaves. Its nodes' names tell nothing but what it computes. */
export function functionOf({ ends, leaves }: Group, chains: Chains): Omit<FunctionDef, 'name'> {
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
      return sum(
        body,
        'sum',
        Array.from({ length: slices }, (_, k) => ofPart(k)),
      );
    }
    if (node.op === 'ConcatV2' && part === undefined && blockOf(node, chains) >= LEAST_BLOCK) return writeConcat(node);
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
    const block = blockOf(node, chains);
    const parts = tensors.map((tensor, k) =>
      reshape(body, 'blocks', write(tensor), [-1, (channels[k] as number) / block, block]),
    );
    const joined = body.add('ConcatV2', 'concat', [...parts, body.ints(1)], {
      ...node.attr,
      N: attribute.int(parts.length),
    });
    return reshape(body, 'joined', joined, chains.shapeOf(node.name));
  };
  const outputs = ends.map((end) => ({ tensor: writeNode(end), type: typeOf(end) }));
  return { inputs: [...leaves.values()].map(({ type }) => type), nodes: body.nodes, outputs };
}

/** Channels that divide those of every part of a concatenation. */
function blockOf(concat: NodeDef, chains: Chains): number {
  const parts = nodeInputs(concat).slice(0, -1);
  return parts.map((part) => chains.channelsOf(part) as number).reduce(greatestCommonDivisor);
}

function writePart(body: GraphBuilder, whole: Output, type: DataType, { slices, pixels, channels, k }: Part): Output {
  const T = attribute.type(type);
  const all = body.add('Reshape', 'slices', [whole, body.ints([slices, pixels, channels])], { T, Tshape: INT32 });
  const one = body.add('Slice', 'part', [all, body.ints([k, 0, 0]), body.ints([1, pixels, channels])], {
    T,
    Index: INT32,
  });
  return body.add('Reshape', 'pixels', [one, body.ints([pixels, channels])], { T, Tshape: INT32 });
}

function typeOf({ op }: NodeDef): DataType {
  return op === 'Complex' ? 'DT_COMPLEX64' : 'DT_FLOAT';
}
