import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { DeviceKind } from './device.ts';

const LIBRARIES = ['libonnxruntime_providers_cuda.so', 'libonnxruntime_providers_shared.so'];

/** An NVIDIA GPU. Its provider is a library beside ONNX Runtime's own, which the npm package does not hold. */
export const cuda: DeviceKind = {
  provider: 'cuda',
  installed: () => {
    const folder = libraryFolder();
    return folder !== undefined && LIBRARIES.every((file) => existsSync(path.join(folder, file)));
  },
  advice: () =>
    `CUDA needs Linux x64, an NVIDIA driver, and beside ONNX Runtime's own library ` +
    `(${libraryFolder() ?? 'not installed'}) the files ${LIBRARIES.join(' and ')} from ` +
    'onnxruntime/capi of the Python wheel onnxruntime-gpu 1.30.0 ' +
    '(python3 -m pip install "onnxruntime-gpu[cuda,cudnn]==1.30.0"), with the CUDA 13 and cuDNN 9 libraries that ' +
    'come with it on LD_LIBRARY_PATH. Without them choose the device cpu.',
};

/** Where onnxruntime-node keeps this platform's library; undefined when it is not installed. */
function libraryFolder(): string | undefined {
  try {
    const entry = createRequire(import.meta.url).resolve('onnxruntime-node');
    return path.join(path.dirname(entry), '../bin/napi-v6', process.platform, process.arch);
  } catch {
    return undefined;
  }
}
