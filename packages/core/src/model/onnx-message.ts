import {
  ascii,
  asciiBytes,
  bytesField,
  bytesFieldOf,
  concatBytes,
  firstField,
  listed,
  notAModel,
  protobufFields,
  varintField,
  type ProtobufField,
} from './protobuf.ts';

/** Fields of https://github.com/onnx/onnx/blob/v1.19.0/onnx/onnx.proto: of ModelProto, GraphProto, NodeProto, ... */
const MODEL = { graph: 7, operatorSet: 8 } as const;
const OPERATOR_SET = { domain: 1, version: 2 } as const;
export const GRAPH = { node: 1, initializer: 5, input: 11, output: 12, valueInfo: 13 } as const;
const NODE = { input: 1, output: 2, name: 3, operation: 4, attribute: 5, domain: 7 } as const;
const ATTRIBUTE = { name: 1, integer: 3, integers: 8, type: 20 } as const;
const ATTRIBUTE_TYPE = { integer: 2, integers: 7 } as const;
const TENSOR = { dims: 1, dataType: 2, name: 8, rawData: 9 } as const;
/** TensorProto.DataType. */
export const DATA_TYPE = { float32: 1, int64: 7, float16: 10 } as const;

/** An ONNX file as the fields of its graph, and those around it. */
export interface OnnxMessage {
  readonly graph: readonly ProtobufField[];
  readonly around: readonly ProtobufField[];
}

/** @throws InvalidModelError when it is no protobuf message. */
export function openOnnx(model: Uint8Array): OnnxMessage {
  const fields = listed(protobufFields(model));
  const isGraph = ({ number }: ProtobufField): boolean => number === MODEL.graph;
  return {
    graph: listed(fieldsWithin(fields.filter(isGraph))),
    around: fields.filter((field) => !isGraph(field)),
  };
}

/** A message may be given in several parts, of which it has all the fields. */
function* fieldsWithin(parts: readonly ProtobufField[]): Generator<ProtobufField> {
  for (const { bytes } of parts) yield* protobufFields(bytes);
}

/** The file with `around` of an `OnnxMessage` and a graph of `fields`. */
export function closeOnnx(around: readonly ProtobufField[], fields: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return concatBytes([...around.map(({ whole }) => whole), ...bytesFieldOf(MODEL.graph, fields)]);
}

/** Versions of the default operator set that a file says it is written in. */
export function operatorSets({ around }: Pick<OnnxMessage, 'around'>): readonly number[] {
  return around
    .filter(({ number, bytes }) => number === MODEL.operatorSet && isDefault(nameIn(bytes, OPERATOR_SET.domain)))
    .flatMap(({ bytes }) => numbersOf(protobufFields(bytes), OPERATOR_SET.version));
}

/** Whether a domain is that of ONNX's own operations, which has two names. */
const isDefault = (domain: string): boolean => domain === '' || domain === 'ai.onnx';

/** One operation of a graph. */
export interface OnnxOperation {
  /** The field of the graph in which it lies. */
  readonly whole: Uint8Array;
  readonly operation: string;
  /** Whether it is one of ONNX's own, which another domain may have under the same name. */
  readonly isStandard: boolean;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Its attributes that are whole numbers or lists of them. */
  readonly integers: ReadonlyMap<string, readonly number[]>;
}

export function readOperation({ whole, bytes }: ProtobufField): OnnxOperation {
  const fields = listed(protobufFields(bytes));
  const texts = (wanted: number): string[] =>
    fields.filter(({ number }) => number === wanted).map((field) => ascii(field.bytes));
  const attributes = fields
    .filter(({ number }) => number === NODE.attribute)
    .map((field): [string, readonly number[]] => {
      const numbers = (wanted: number): number[] => numbersOf(protobufFields(field.bytes), wanted);
      const integers = [...numbers(ATTRIBUTE.integer), ...numbers(ATTRIBUTE.integers)];
      return [nameIn(field.bytes, ATTRIBUTE.name), integers];
    });
  const [name = ''] = texts(NODE.name);
  const [operation = ''] = texts(NODE.operation);
  const [domain = ''] = texts(NODE.domain);
  return {
    whole,
    operation,
    isStandard: isDefault(domain),
    name,
    inputs: texts(NODE.input),
    outputs: texts(NODE.output),
    integers: new Map(attributes.filter(([, integers]) => integers.length > 0)),
  };
}

/** What is to be written of an operation: integers of an attribute are one number, or a list. */
export interface NewOperation {
  readonly operation: string;
  readonly inputs: readonly string[];
  /** Also its name. */
  readonly output: string;
  readonly integers?: Readonly<Record<string, number | readonly number[]>>;
}

/** An operation of the default set, as a field of a graph. */
export function writeOperation({ operation, inputs, output, integers = {} }: NewOperation): Uint8Array {
  const attributes = Object.entries(integers).map(([name, value]) => {
    const numbers =
      typeof value === 'number'
        ? [varintField(ATTRIBUTE.integer, value), varintField(ATTRIBUTE.type, ATTRIBUTE_TYPE.integer)]
        : [
            ...value.map((one) => varintField(ATTRIBUTE.integers, one)),
            varintField(ATTRIBUTE.type, ATTRIBUTE_TYPE.integers),
          ];
    return bytesField(NODE.attribute, concatBytes([bytesField(ATTRIBUTE.name, asciiBytes(name)), ...numbers]));
  });
  const node = [
    ...inputs.map((input) => bytesField(NODE.input, asciiBytes(input))),
    bytesField(NODE.output, asciiBytes(output)),
    bytesField(NODE.name, asciiBytes(output)),
    bytesField(NODE.operation, asciiBytes(operation)),
    ...attributes,
  ];
  return bytesField(GRAPH.node, concatBytes(node));
}

/** Element type (of `DATA_TYPE`) and sizes of a weight. */
export interface WeightFacts {
  readonly name: string;
  readonly dataType: number;
  readonly dims: readonly number[];
}

/** @param bytes of an initializer. */
export function readWeight(bytes: Uint8Array): WeightFacts {
  const numbers = (wanted: number): number[] => numbersOf(protobufFields(bytes), wanted);
  const [dataType = 0] = numbers(TENSOR.dataType);
  return { name: weightName(bytes), dataType, dims: numbers(TENSOR.dims) };
}

/** @param bytes of an initializer. */
export const weightName = (bytes: Uint8Array): string => nameIn(bytes, TENSOR.name);

/** A weight, as a field of a graph: float32, or int64 where `values` are BigInts. */
export function writeWeight(
  name: string,
  dims: readonly number[],
  values: readonly number[] | readonly bigint[],
): Uint8Array {
  const isFloat = (all: readonly number[] | readonly bigint[]): all is readonly number[] => typeof all[0] === 'number';
  const size = isFloat(values) ? 4 : 8;
  const data = new DataView(new ArrayBuffer(size * values.length));
  if (isFloat(values)) values.forEach((value, i) => data.setFloat32(size * i, value, true));
  else values.forEach((value, i) => data.setBigInt64(size * i, value, true));
  const tensor = [
    ...dims.map((dim) => varintField(TENSOR.dims, dim)),
    varintField(TENSOR.dataType, isFloat(values) ? DATA_TYPE.float32 : DATA_TYPE.int64),
    bytesField(TENSOR.name, asciiBytes(name)),
    bytesField(TENSOR.rawData, new Uint8Array(data.buffer)),
  ];
  return bytesField(GRAPH.initializer, concatBytes(tensor));
}

/** The text of the first field `wanted` of a message; empty where it has none. */
export const nameIn = (message: Uint8Array, wanted: number): string =>
  ascii(firstField(message, wanted)?.bytes ?? new Uint8Array());

/** Sizes of a tensor or of an attribute: as many make no network. */
const MOST_NUMBERS = 2 ** 16;

/** The integers of a repeated field: each in a field of its own, or packed in one. */
function numbersOf(fields: Iterable<ProtobufField>, wanted: number): number[] {
  const numbers: number[] = [];
  for (const { number, bytes, value } of fields) {
    if (number !== wanted) continue;
    for (const one of bytes.length === 0 ? [value] : packed(bytes)) {
      if (numbers.length === MOST_NUMBERS) throw notAModel(`a list in it has more than ${MOST_NUMBERS} numbers`);
      numbers.push(one);
    }
  }
  return numbers;
}

/** https://protobuf.dev/programming-guides/encoding/#packed */
function* packed(bytes: Uint8Array): Generator<number> {
  let [value, scale] = [0, 1];
  for (const byte of bytes) {
    value += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte >= 0x80) continue;
    yield value;
    [value, scale] = [0, 1];
  }
}
