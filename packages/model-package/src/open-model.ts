import { InvalidModelError, onnxFacts, readModelCard } from '@dilated-unet/core';
import { chooseForm, type Model, type ModelForm } from './model.ts';
import { sha256 } from './sha256.ts';

/**
 * Opens a model: the bytes of a package's zip, or of a single ONNX file with its model card.
 *
 * @param bytes not changed, and needed as long as the model is.
 * @throws InvalidPackageError (a kind of InvalidModelError) naming what of a package is not as it must be; InvalidModelError
 *   when a single file is no ONNX model, has no card, or needs other files.
 */
export async function openModel(bytes: Uint8Array): Promise<Model> {
  if (!isZip(bytes)) return openOnnx(bytes);
  // What reads packages is loaded with the first of them.
  const [{ zipFiles }, { openPackage }] = await Promise.all([
    import('./zip/read-zip.ts'),
    import('./package/open-package.ts'),
  ]);
  return openPackage(zipFiles(bytes));
}

/** Whether `bytes` begin as a zip does. */
function isZip(bytes: Uint8Array): boolean {
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
