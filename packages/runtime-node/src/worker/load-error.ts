import { type DilatedUnetError, EnvironmentError, InvalidModelError } from '@dilated-unet/core';
import { type Device, DEVICES } from '../devices/index.ts';
import type { LoadFailure } from './protocol.ts';

/** The version that this package is built and tested with: its peer dependency. */
const ONNX_RUNTIME_VERSION = '1.30.0';

/** What the user is told when the thread could not load the model on `device`. */
export function loadError(reason: LoadFailure, device: Device, cause: Error): DilatedUnetError {
  switch (reason) {
    case 'no-runtime':
      return new EnvironmentError(
        `ONNX Runtime cannot be loaded (${cause.message}). Install it beside this package: ` +
          `ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node@${ONNX_RUNTIME_VERSION}`,
        { cause },
      );
    case 'no-device':
      return new EnvironmentError(
        `The device ${device} cannot be used: ${cause.message}. ${DEVICES[device].advice()}`,
        { cause },
      );
    case 'refused':
      return new InvalidModelError(
        `ONNX Runtime ${ONNX_RUNTIME_VERSION} cannot load the model: ${cause.message}. Export the model again.`,
        { cause },
      );
    case 'mismatch':
      return new InvalidModelError(
        `The model's graph and its model card differ: ${cause.message}. Export the model again.`,
        {
          cause,
        },
      );
  }
}
