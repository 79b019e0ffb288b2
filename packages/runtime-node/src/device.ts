import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { EnvironmentError, InvalidOptionError } from '@dilated-unet/core';
import type { Device, WorkerSetup } from './worker/protocol.ts';

/** `auto`: CUDA where its libraries are installed and work, else the CPU. */
export type DeviceOption = 'auto' | Device;

export const DEVICE_OPTIONS: readonly DeviceOption[] = ['auto', 'cpu', 'cuda'];

const CUDA_LIBRARIES = ['libonnxruntime_providers_cuda.so', 'libonnxruntime_providers_shared.so'];

/**
 * The devices to try, in order.
 *
 * @throws InvalidOptionError for an unknown device, EnvironmentError when `cuda` is asked for and not installed.
 */
export function devicesToTry(option: DeviceOption): WorkerSetup['devices'] {
  switch (option) {
    case 'cpu':
      return ['cpu'];
    case 'cuda':
      if (!cudaInstalled()) throw new EnvironmentError(`The device cuda cannot be used. ${cudaAdvice()}`);
      return ['cuda'];
    case 'auto':
      // ONNX Runtime writes to stderr when it misses a library, so it is asked only for what is there.
      return cudaInstalled() ? ['cuda', 'cpu'] : ['cpu'];
    default:
      throw new InvalidOptionError('device', `must be one of ${DEVICE_OPTIONS.join(', ')}`, option);
  }
}

/** What to install for `cuda`. */
export function cudaAdvice(): string {
  return (
    `CUDA needs Linux x64, an NVIDIA driver, and beside ONNX Runtime's own library ` +
    `(${libraryFolder() ?? 'not installed'}) the files ${CUDA_LIBRARIES.join(' and ')} from ` +
    'onnxruntime/capi of the Python wheel onnxruntime-gpu 1.30.0 ' +
    '(python3 -m pip install "onnxruntime-gpu[cuda,cudnn]==1.30.0"), with the CUDA 13 and cuDNN 9 libraries that ' +
    'come with it on LD_LIBRARY_PATH. Without them choose the device cpu.'
  );
}

function cudaInstalled(): boolean {
  const folder = libraryFolder();
  return folder !== undefined && CUDA_LIBRARIES.every((file) => existsSync(path.join(folder, file)));
}

/** Where onnxruntime-node keeps this platform's library; undefined when it is not installed. */
function libraryFolder(): string | undefined {
  try {
    const entry = createRequire(import.meta.url).resolve('onnxruntime-node');
    return path.join(path.dirname(entry), '../bin/napi-v6', process.platform, process.arch);
  } catch {
    return undefined;
  }
}
