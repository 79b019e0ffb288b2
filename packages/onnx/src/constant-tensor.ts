import type { TensorProto } from './schema.ts';

/** ONNX's TensorProto.DataType. */
const [FLOAT32, UINT8, INT8, INT32, INT64] = [1, 2, 3, 6, 7];

const tensor = (dims: readonly number[], dataType: number, array: ArrayBufferView): TensorProto => ({
  dims,
  dataType,
  rawData: new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
  externalData: [],
});

/** Tensors without a name. */
export const constantTensor = {
  float32: (dims: readonly number[], values: readonly number[]) => tensor(dims, FLOAT32, Float32Array.from(values)),
  uint8: (dims: readonly number[], values: readonly number[]) => tensor(dims, UINT8, Uint8Array.from(values)),
  int8: (dims: readonly number[], values: readonly number[]) => tensor(dims, INT8, Int8Array.from(values)),
  int32: (dims: readonly number[], values: readonly number[]) => tensor(dims, INT32, Int32Array.from(values)),
  int64: (dims: readonly number[], values: readonly number[]) =>
    tensor(dims, INT64, new BigInt64Array(values.map(BigInt))),
};
