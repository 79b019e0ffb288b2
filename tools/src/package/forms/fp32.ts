import { convertForm } from './convert-form.ts';
import type { Form } from './form.ts';
import { float32Fault } from './float32-fault.ts';
import { inSums, leastArithmetic } from './inference-forms.ts';

/** The same function as the trained network, to the rounding of float32. */
export const fp32: Form = {
  precision: 'fp32',
  engine: null,
  file: 'model.onnx',
  title: 'float32, batch norms folded, channels in blocks, nothing concatenated, upsampling by convolutions',
  write: (task) => convertForm(task, inSums(task.facts.trained)),
  fault: float32Fault,
};

/** The same in the form that is fastest in WebAssembly. */
export const fp32Wasm: Form = {
  precision: 'fp32',
  engine: 'wasm',
  file: 'model-wasm.onnx',
  title: 'float32 for WebAssembly: upsampling and convolution as one on the small map',
  write: (task) => convertForm(task, leastArithmetic(task.facts.trained)),
  fault: float32Fault,
};
