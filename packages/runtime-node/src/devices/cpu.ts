import type { DeviceKind } from './device.ts';

/** ONNX Runtime's own kernels: they are part of its library. */
export const cpu: DeviceKind = {
  provider: 'cpu',
  installed: () => true,
  advice: () => 'Install onnxruntime-node again.',
};
