import { ascii, firstField, listed, protobufFields } from './protobuf.ts';

/**
 * Sizes, or names of free ones, of the first input of an ONNX file, in order of its axes; none where the file does not say it.
 *
 * @throws InvalidModelError when it is no ONNX file.
 */
export function onnxInputShape(model: Uint8Array): readonly (number | string)[] {
  // Fields of https://github.com/onnx/onnx/blob/v1.19.0/onnx/onnx.proto: graph, input, type, tensor_type, shape.
  const shape = [7, 11, 2, 1, 2].reduce<Uint8Array | undefined>(
    (message, number) => message && firstField(message, number)?.bytes,
    model,
  );
  if (shape === undefined) return [];
  return listed(protobufFields(shape)).map(({ bytes }) => {
    const [size] = protobufFields(bytes);
    // dim_value, or dim_param.
    return size?.number === 1 ? size.value : ascii(size?.bytes ?? new Uint8Array());
  });
}
