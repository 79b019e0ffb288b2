import { InvalidModelError, onnxFacts, readModelCard } from '@dilated-unet/core';
import { chooseForm, type Model, type ModelForm } from './model.ts';
import type { PackageFiles } from './package/files.ts';
import type { OpenOptions } from './package/open-package.ts';
import { sha256 } from './sha256.ts';
import type { ByteSource } from './zip/remote-zip.ts';

/**
 * Opens a model: a package or a single ONNX file with its model card.
 *
 * @param model the bytes of a package's zip or of an ONNX file, which are not changed, and needed as long as the model is; or
 *   where these bytes, or the files of a package, lie. Of a zip that lies elsewhere the parts that are needed are read.
 * @throws InvalidPackageError (a kind of InvalidModelError) naming what of a package is not as it must be; InvalidModelError
 *   when a single file is no ONNX model, has no card, or needs other files.
 */
export async function openModel(
  model: Uint8Array | ByteSource | PackageFiles,
  options: OpenOptions = {},
): Promise<Model> {
  const isFiles = 'has' in model;
  if (!isFiles && !(await isZip(model))) {
    return openOnnx(ArrayBuffer.isView(model) ? model : await model.read(0, model.size));
  }
  // What reads packages is loaded with the first of them.
  const [{ zipFiles }, { remoteZipFiles }, { openPackage }] = await Promise.all([
    import('./zip/read-zip.ts'),
    import('./zip/remote-zip.ts'),
    import('./package/open-package.ts'),
  ]);
  if (isFiles) return openPackage(model, options);
  return openPackage(ArrayBuffer.isView(model) ? zipFiles(model) : await remoteZipFiles(model), options);
}

/** Whether `model` begins as a zip does. */
async function isZip(model: Uint8Array | ByteSource): Promise<boolean> {
  const bytes = ArrayBuffer.isView(model) ? model : await model.read(0, Math.min(model.size, 4));
  // A file of it, or the end of an empty one.
  return bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 3 || bytes[2] === 5) && bytes[3] === bytes[2] + 1;
}

async function openOnnx(bytes: Uint8Array): Promise<Model> {
  const card = readModelCard(bytes);
  const { precision, hasExternalData } = onnxFacts(bytes);
  if (hasExternalData) {
    throw new InvalidModelError(
      'The ONNX file must hold its weights itself; it has external data, which lie in other files. Export the model ' +
        'again with `nx run trainer:train`.',
    );
  }
  const read = (): Promise<Uint8Array<ArrayBuffer>> => Promise.resolve(new Uint8Array(bytes));
  const forms: readonly ModelForm[] = [{ precision, engine: null, deviation: null, source: null, read }];
  return {
    name: card.name,
    sha256: await sha256(new Uint8Array(bytes)),
    card,
    forms,
    test: null,
    parent: null,
    terms: null,
    formFor: (choice) => chooseForm(forms, choice),
    weights: () => Promise.resolve(null),
    verifyFiles: () => Promise.resolve(),
  };
}
