import { InvalidModelError } from '@dilated-unet/core';
import { toModel, type GraphProto, type NodeProto, type TensorProto, type ValueInfoProto } from './schema.ts';

/** One operation of the graph. */
export interface OnnxNode {
  readonly op: string;
  readonly name: string;
  /** Names of the tensors that it reads; empty texts where an optional one is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** A convolution as the file says it. */
export interface OnnxConvolution {
  readonly name: string;
  /** Height and width of the kernel, pixels. */
  readonly kernel: readonly number[];
  /** Distance between neighbouring taps along y and x, pixels. */
  readonly dilations: readonly number[];
  /** Zeros added: top, left, bottom, right, pixels. */
  readonly pads: readonly number[];
  /** `NOTSET` where `pads` says all. */
  readonly autoPad: string;
  /** Convolutions on the longest path from the graph's input to this one, without it. */
  readonly depth: number;
}

/** A tensor that comes in or goes out. */
export interface OnnxValue {
  readonly name: string;
  /** ONNX's TensorProto.DataType: 1 is float32. */
  readonly elementType: number;
  /** Sizes in the order of the axes: a number where fixed, a text (a name, or `?`) where free; null when not told. */
  readonly dims: readonly (number | string)[] | null;
}

/** What an ONNX file holds, without its weights. */
export interface OnnxSummary {
  /** Version of the default operator set. */
  readonly opset: number;
  /** Operations and how many there are of each; those of another set than the default one as `domain.Operation`. */
  readonly ops: Readonly<Record<string, number>>;
  /** In the order of the file, which is one in which they can be computed. */
  readonly nodes: readonly OnnxNode[];
  /** In the order of their depth. */
  readonly convolutions: readonly OnnxConvolution[];
  /** What must be fed: inputs that are not weights. */
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Whether weights lie in files beside this one. */
  readonly hasExternalData: boolean;
  /** Whether an operation carries a graph of its own (If, Loop, Scan). */
  readonly hasSubgraphs: boolean;
}

/**
 * Reads what an ONNX file holds.
 *
 * @param bytes the whole file.
 * @throws InvalidModelError when it is no ONNX file.
 */
export function inspectOnnx(bytes: Uint8Array): OnnxSummary {
  let graph: GraphProto | undefined;
  let opsets: readonly { readonly domain?: string; readonly version?: number }[];
  try {
    const model = toModel(bytes);
    graph = model.graph;
    opsets = model.opsetImport;
  } catch (cause) {
    throw new InvalidModelError('This is not an ONNX model: its bytes are no such message. Convert the model again.', {
      cause,
    });
  }
  const opset = opsets.find(({ domain }) => isDefault(domain))?.version;
  if (graph === undefined || opset === undefined) {
    throw new InvalidModelError(
      'This is not an ONNX model: it has no graph or no operator set. Convert the model again.',
    );
  }
  const weights = new Set(graph.initializer.map(({ name }) => name));
  const attributes = graph.node.flatMap((node) => node.attribute);
  const tensors = [...graph.initializer, ...attributes.flatMap(({ t }) => (t === undefined ? [] : [t]))];
  return {
    opset,
    ops: count(graph.node.map(opName)),
    nodes: graph.node.map((node) => ({
      op: opName(node),
      name: node.name ?? '',
      inputs: node.input,
      outputs: node.output,
    })),
    convolutions: convolutions(graph),
    inputs: graph.input.filter(({ name }) => !weights.has(name)).map(value),
    outputs: graph.output.map(value),
    hasExternalData: tensors.some(isExternal),
    hasSubgraphs: attributes.some(({ g, graphs }) => g !== undefined || graphs.length > 0),
  };
}

function convolutions(graph: GraphProto): readonly OnnxConvolution[] {
  const kernels = new Map(graph.initializer.map(({ name, dims }) => [name, dims.slice(2)]));
  const depths = new Map<string, number>();
  const found: OnnxConvolution[] = [];
  for (const node of graph.node) {
    const depth = Math.max(0, ...node.input.map((name) => depths.get(name) ?? 0));
    const isConv = node.opType === 'Conv';
    for (const name of node.output) depths.set(name, depth + (isConv ? 1 : 0));
    if (!isConv) continue;
    const ints = (name: string) => node.attribute.find((attribute) => attribute.name === name)?.ints;
    const autoPad = node.attribute.find((attribute) => attribute.name === 'auto_pad')?.s;
    found.push({
      name: node.name ?? '',
      kernel: ints('kernel_shape') ?? kernels.get(node.input[1] ?? '') ?? [],
      // Defaults of the operator: https://github.com/onnx/onnx/blob/main/docs/Operators.md#Conv
      dilations: ints('dilations') ?? [1, 1],
      pads: ints('pads') ?? [0, 0, 0, 0],
      autoPad: autoPad === undefined ? 'NOTSET' : new TextDecoder().decode(autoPad),
      depth,
    });
  }
  return found.sort((a, b) => a.depth - b.depth);
}

function value({ name, type }: ValueInfoProto): OnnxValue {
  const tensor = type?.tensorType;
  const dims = tensor?.shape?.dim.map(({ dimValue, dimParam }) => dimValue ?? (dimParam || '?')) ?? null;
  return { name: name ?? '', elementType: tensor?.elemType ?? 0, dims };
}

function isExternal({ dataLocation, externalData }: TensorProto): boolean {
  return dataLocation === 1 || externalData.length > 0;
}

function isDefault(domain: string | undefined): boolean {
  return domain === undefined || domain === '' || domain === 'ai.onnx';
}

function opName({ opType = '', domain }: NodeProto): string {
  return isDefault(domain) ? opType : `${domain}.${opType}`;
}

function count(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of [...names].sort()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
