/**
 * Models as they are passed on: a bioimage.io package (RDF 0.5) as a zip, or a single ONNX file with its model card. Opens
 * them, checks that they are what was published, and chooses the form for a device. Runs in browsers; folders and paths are
 * in `./node`.
 *
 * @example
 * import { openModel } from '@dilated-unet/model-package';
 *
 * const model = await openModel(new Uint8Array(await (await fetch('/models/unet.zip')).arrayBuffer()));
 * const form = model.formFor({ engine: 'wasm' });
 * console.log(model.name, form.precision, (await form.read()).length);
 *
 * @module
 */
export { withoutCredentials } from './address.ts';
export {
  ENGINES,
  PRECISION_OPTIONS,
  PRECISIONS,
  type Engine,
  type FormChoice,
  type FormFacts,
  type Model,
  type ModelForm,
  type ModelIdentity,
  type PrecisionOption,
  type StatedDeviation,
  type TestTensors,
} from './model.ts';
export { decodeNpy, encodeNpy, type NpyArray } from './npy.ts';
export { openModel } from './open-model.ts';
export { isFileName } from './package/file-name.ts';
export { DESCRIPTION, type FileCache, type PackagedFile, type PackageFiles } from './package/files.ts';
export { tileHalo } from './package/halo.ts';
export type { OpenOptions } from './package/open-package.ts';
export { FORMAT, pixelAxis, preprocessing } from './package/rdf.ts';
export { describeTestResult, passTest, testResult, type TestResult, type Trial } from './test-result.ts';
export { archive } from './zip/archive.ts';
export type { ByteSource } from './zip/remote-zip.ts';
