import { convertForm } from './convert-form.ts';
import type { Form } from './form.ts';
import { float32Fault } from './float32-fault.ts';

/** Channels that ONNX Runtime computes at once on x86 with AVX-512; with AVX2 it is half of it. */
const BLOCK = 16;

/** Batch norms folded, channels in blocks: the same function as the trained network, to the rounding of float32. */
export const fp32: Form = {
  precision: 'fp32',
  engine: null,
  file: 'model.onnx',
  title: 'float32, batch norms folded, channels in blocks of 16',
  write: (task) => convertForm(task, { block: BLOCK }),
  fault: float32Fault,
};
