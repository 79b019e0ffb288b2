import { InvalidModelError } from '@dilated-unet/core';
import { constantTensor } from '../constant-tensor.ts';
import { fromModel, toModel, type GraphProto, type NodeProto, type TensorProto } from '../schema.ts';
import { withJoinedUpsampling } from './joined-upsampling.ts';
import type { Range } from './range.ts';
import { activationScale, biasTensor, quantisedKernel, type Scale } from './scales.ts';

/** Operations that give a choice of what they are given: input and output have one scale. */
const PASSING = new Set(['MaxPool', 'Resize', 'Concat']);

/**
 * The tensors whose ranges `quantiseOnnx` must know: what convolutions read, and what they give behind their ReLU.
 *
 * @param model an ONNX file in float32, of `withConstantUpsampling` where it has upsampling.
 */
export function calibratedTensors(model: Uint8Array): readonly string[] {
  const plan = new Plan(toModel(model).graph as GraphProto);
  return [...new Set([...plan.quantised].map((name) => plan.sources(name)).flat())];
}

/**
 * `model` in integers of 8 bits, as a graph of QuantizeLinear and DequantizeLinear around the operations, which runtimes fuse
 * (https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html): activations unsigned with one scale a
 * tensor, kernels signed with one scale an output channel. Batch norms and additions compute in float32, and so does the last
 * convolution, whose logits would lose most.
 *
 * @param model an ONNX file in float32, of `withConstantUpsampling` where it has upsampling.
 * @param ranges of `calibratedTensors(model)`.
 * @throws InvalidModelError when a range is missing.
 */
export function quantiseOnnx(model: Uint8Array, ranges: ReadonlyMap<string, Range>): Uint8Array {
  const proto = toModel(model);
  const graph = new Writer(proto.graph as GraphProto, ranges).write();
  return fromModel({ ...proto, graph: withJoinedUpsampling(graph) });
}

/** What of a graph is quantised. */
class Plan {
  readonly graph: GraphProto;
  readonly #makers: ReadonlyMap<string, NodeProto>;
  /** Convolutions whose output goes on to others. */
  readonly convolutions: ReadonlySet<NodeProto>;
  /** Tensors that are rounded to 8 bits. */
  readonly quantised: ReadonlySet<string>;

  constructor(graph: GraphProto) {
    this.graph = graph;
    this.#makers = new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const)));
    const readers = (name: string): readonly NodeProto[] => graph.node.filter(({ input }) => input.includes(name));
    const convolutions = new Set<NodeProto>();
    const quantised = new Set<string>();
    for (const node of graph.node) {
      const [input, output] = [node.input[0] as string, node.output[0] as string];
      if (node.opType === 'Conv') {
        quantised.add(input);
        const [relu] = readers(output);
        if (relu?.opType !== 'Relu') continue;
        convolutions.add(node);
        quantised.add(relu.output[0] as string);
      }
      if (PASSING.has(node.opType ?? '')) for (const name of [...passed(node), output]) quantised.add(name);
    }
    this.convolutions = convolutions;
    this.quantised = quantised;
  }

  /** The tensors whose values `name` has: itself, or what was pooled, upsampled or joined to it. */
  sources(name: string): readonly string[] {
    const maker = this.#makers.get(name);
    return maker !== undefined && PASSING.has(maker.opType ?? '')
      ? passed(maker).flatMap((x) => this.sources(x))
      : [name];
  }
}

/** Whose values the output has. */
function passed({ opType, input }: NodeProto): readonly string[] {
  return opType === 'Concat' ? input : input.slice(0, 1);
}

class Writer {
  readonly #plan: Plan;
  readonly #weights: ReadonlyMap<string, TensorProto>;
  readonly #scales: ReadonlyMap<string, Scale>;
  readonly #nodes: NodeProto[] = [];
  readonly #constants = new Map<string, TensorProto>();

  constructor(graph: GraphProto, ranges: ReadonlyMap<string, Range>) {
    this.#plan = new Plan(graph);
    this.#weights = new Map(graph.initializer.map((tensor) => [tensor.name ?? '', tensor]));
    this.#scales = scalesOf(this.#plan, ranges);
  }

  write(): GraphProto {
    const { graph, convolutions } = this.#plan;
    for (const node of graph.node) {
      const input = node.input.map((name) => (this.#scales.has(name) ? `${name}/dequantised` : name));
      if (convolutions.has(node)) input.splice(1, 2, ...this.#parameters(node));
      this.#nodes.push({ ...node, input });
      for (const name of node.output) if (this.#scales.has(name)) this.#round(name);
      for (const name of input)
        if (this.#weights.has(name)) this.#constants.set(name, this.#weights.get(name) as TensorProto);
    }
    return { ...graph, node: this.#nodes, initializer: [...this.#constants.values()] };
  }

  #round(name: string): void {
    const { scale, zero } = this.#scales.get(name) as Scale;
    const by = [
      this.#constant(`scale ${scale}`, constantTensor.float32([], [scale])),
      this.#constant(`zero ${zero}`, constantTensor.uint8([], [zero])),
    ];
    const node = { attribute: [] };
    const quantised = `${name}/quantised`;
    this.#nodes.push(
      { ...node, opType: 'QuantizeLinear', name: quantised, input: [name, ...by], output: [quantised] },
      {
        ...node,
        opType: 'DequantizeLinear',
        name: `${name}/dequantised`,
        input: [quantised, ...by],
        output: [`${name}/dequantised`],
      },
    );
  }

  /** Names of kernel and bias, dequantised. */
  #parameters(node: NodeProto): readonly string[] {
    const [x, kernel, bias] = node.input.map((name) => this.#weights.get(name) ?? name) as [
      string,
      TensorProto,
      TensorProto,
    ];
    const { scale } = this.#scales.get(x) as Scale;
    const weights = quantisedKernel(kernel, bias, scale);
    const products = weights.scales.map((own) => Math.fround(own * scale));
    const biases = biasTensor(bias, products);
    return [
      this.#perChannel(`${node.name}/kernel`, weights.tensor, weights.scales, constantTensor.int8),
      this.#perChannel(`${node.name}/bias`, biases, products, constantTensor.int32),
    ];
  }

  #perChannel(
    name: string,
    tensor: TensorProto,
    scales: readonly number[],
    zeros: (dims: readonly number[], values: readonly number[]) => TensorProto,
  ): string {
    const dims = [scales.length];
    const none = scales.map(() => 0);
    const input = [
      this.#constant(name, tensor),
      this.#constant(`${name}/scale`, constantTensor.float32(dims, scales)),
      this.#constant(`${name}/zero`, zeros(dims, none)),
    ];
    const output = `${name}/dequantised`;
    const axis = { name: 'axis', type: 2, i: 0, ints: [], graphs: [] };
    this.#nodes.push({ opType: 'DequantizeLinear', name: output, input, output: [output], attribute: [axis] });
    return output;
  }

  #constant(name: string, tensor: TensorProto): string {
    this.#constants.set(name, { ...tensor, name });
    return name;
  }
}

/** One scale for all tensors that have values of one another. */
function scalesOf(plan: Plan, ranges: ReadonlyMap<string, Range>): ReadonlyMap<string, Scale> {
  const groups = new Map<string, Set<string>>();
  for (const name of plan.quantised) {
    const group = new Set<string>([name]);
    for (const source of plan.sources(name)) for (const member of groups.get(source) ?? [source]) group.add(member);
    for (const member of group) groups.set(member, group);
  }
  return new Map(
    [...plan.quantised].map((name) => {
      const members = [...(groups.get(name) as Set<string>)].flatMap((member) => plan.sources(member));
      const found = members.map((member) => {
        const range = ranges.get(member);
        if (range === undefined) throw new InvalidModelError(`The range of ${member} is not known.`);
        return range;
      });
      return [name, activationScale(found)];
    }),
  );
}
