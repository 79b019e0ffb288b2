/**
 * Reads ONNX files and rewrites their graphs: bytes in, bytes out. Nothing here runs a model or knows a machine.
 *
 * @example
 * import { canonicalOnnx, halfOnnx, inspectOnnx } from '@dilated-unet/onnx';
 * const model = canonicalOnnx(converted); // the same bytes for the same graph
 * console.log(inspectOnnx(model).ops); // how many there are of each operation
 * const half = halfOnnx(model); // 16-bit floats within, float32 in and out
 *
 * @module
 */
export { canonicalOnnx } from './canonical.ts';
export { withConstantUpsampling } from './constant-upsampling.ts';
export { halfOnnx } from './half-onnx.ts';
export { inspectOnnx, type OnnxConvolution, type OnnxNode, type OnnxSummary, type OnnxValue } from './inspect.ts';
export { withOutputs } from './outputs.ts';
export { calibratedTensors, quantiseOnnx } from './quantise/quantise-onnx.ts';
export { rangeOf, type Range } from './quantise/range.ts';
export { misplacedTransposes } from './transposes.ts';
