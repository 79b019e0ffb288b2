import { notAModel, protobufFields, type ProtobufField } from './protobuf.ts';

/** The numbers in which a model computes: 32-bit or 16-bit floats, or 8-bit integers. */
export type Precision = 'fp32' | 'fp16' | 'int8';

/** What an ONNX file says of itself beside its card. */
export interface OnnxFacts {
  /** By its operations and weights: int8 where anything is quantised, fp16 where a weight is a 16-bit float. */
  readonly precision: Precision;
  /** Whether weights lie in files beside this one. */
  readonly hasExternalData: boolean;
}

/** Messages and fields of https://github.com/onnx/onnx/blob/v1.19.0/onnx/onnx.proto in which operations and tensors lie. */
type Message = 'model' | 'graph' | 'node' | 'attribute' | 'tensor' | 'sparse' | 'function' | 'training';

const PARTS: Readonly<Record<Message, Readonly<Record<number, Message>>>> = {
  model: { 7: 'graph', 20: 'training', 25: 'function' },
  training: { 1: 'graph', 2: 'graph' },
  function: { 7: 'node', 11: 'attribute' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  tensor: {},
};
const [OPERATION, DATA_TYPE, EXTERNAL_DATA, DATA_LOCATION] = [4, 2, 13, 14];
const FLOAT16 = 10;
/** Messages in messages beyond this are no network. */
const DEEPEST = 64;

/**
 * Looks through all operations and tensors of an ONNX file.
 *
 * @throws InvalidModelError when it is none.
 */
export function onnxFacts(model: Uint8Array): OnnxFacts {
  let [isQuantised, hasHalfFloats, hasExternalData] = [false, false, false];
  const visit = (message: Message, fields: Iterable<ProtobufField>, depth: number): void => {
    for (const { number, bytes, value } of fields) {
      if (message === 'node' && number === OPERATION) isQuantised ||= isQuantising(bytes);
      if (message === 'tensor') {
        hasHalfFloats ||= number === DATA_TYPE && value === FLOAT16;
        hasExternalData ||= number === EXTERNAL_DATA || (number === DATA_LOCATION && value !== 0);
      }
      const part = PARTS[message][number];
      if (part === undefined) continue;
      if (depth === DEEPEST) throw notAModel('it has graphs in graphs without end');
      visit(part, protobufFields(bytes), depth + 1);
    }
  };
  visit('model', protobufFields(model), 0);
  return { precision: isQuantised ? 'int8' : hasHalfFloats ? 'fp16' : 'fp32', hasExternalData };
}

/** Whether an operation rounds to or computes in integers: QuantizeLinear, QLinearConv, ConvInteger and their kin. */
function isQuantising(name: Uint8Array): boolean {
  const text = String.fromCharCode(...name.subarray(0, 32));
  return /^(QLinear|QuantizeLinear|DynamicQuantizeLinear|ConvInteger|MatMulInteger)/.test(text);
}
