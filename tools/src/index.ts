/**
 * What surrounds the packages: the set-up of the machine (Python environment, TensorFlow's Node binding, a Chromium for
 * the tests), the conversion of exported graphs to ONNX, with its checks, and the packages for bioimage.io.
 *
 * @example
 * import { inspectOnnx } from '@dilated-unet/onnx';
 * import { assertPortable, convertToOnnx, networkDilations, toolsPython } from '@dilated-unet/tools';
 * const model = await convertToOnnx({ graphModel, output, card, python: toolsPython(), env: process.env });
 * assertPortable(inspectOnnx(model), { ...card, dilations: networkDilations(network) });
 *
 * @module
 */
export { assertPortable, networkDilations, OPSET, type ModelExpectations } from './convert/checks.ts';
export { convertToOnnx, type ConvertOptions } from './convert/convert.ts';
export { verifyModel, type VerifyOptions } from './convert/verify.ts';
export { chromiumPath, ensureChromium, type ChromiumOptions, type ChromiumRecord } from './setup/chromium.ts';
export { hasNvidiaGpu, type DeviceRequest, type TensorFlowDevice } from './setup/device.ts';
export { BIOIMAGE, NGFF, peerPython, TIFFFILE, TORCH, type Peer } from './setup/peer-environment.ts';
export { readAbout, type About, type Citation } from './package/about.ts';
export { exportPackage, type ExportedPackage, type ExportPackageOptions } from './package/export.ts';
export type { Deviation } from './package/forms/deviation.ts';
export { pythonScript, REPOSITORY, setUpPaths, type SetUpPaths } from './setup/paths.ts';
export { readEnvironment, type EnvironmentStamp } from './setup/python-environment.ts';
export { setUp, toolsPython, type SetUpOptions, type SetUpResult } from './setup/set-up.ts';
