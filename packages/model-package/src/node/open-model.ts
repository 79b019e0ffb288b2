import { stat } from 'node:fs/promises';
import { InvalidModelError } from '@dilated-unet/core';
import { readBytes } from '@dilated-unet/host';
import type { Model } from '../model.ts';
import { openModel as openBytes } from '../open-model.ts';
import { openPackage } from '../package/open-package.ts';
import { folderFiles } from './folder.ts';

/**
 * Opens a model: the folder of a package, its zip, or a single ONNX file with its model card.
 *
 * @param model a path, or the bytes of a zip or an ONNX file, which are copied where they are needed.
 * @throws as `openModel` of the package's browser-safe part, with the path in front; InvalidModelError when there is nothing at
 *   the path.
 */
export async function openModel(model: string | Uint8Array): Promise<Model> {
  if (typeof model !== 'string') return openBytes(model);
  try {
    const found = await stat(model).catch(() => undefined);
    if (found?.isDirectory() === true) return await openPackage(await folderFiles(model));
  } catch (error) {
    throw at(model, error);
  }
  const bytes = await readBytes(model, (message, cause) => new InvalidModelError(`Model ${message}`, { cause }));
  return openBytes(bytes).catch((error: unknown) => {
    throw at(model, error);
  });
}

/** `error`, saying which model it is about. */
function at(path: string, error: unknown): unknown {
  if (error instanceof InvalidModelError) error.message = `Model ${path}: ${error.message}`;
  return error;
}
