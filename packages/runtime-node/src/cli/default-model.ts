import { createRequire } from 'node:module';
import { EnvironmentError } from '@dilated-unet/core';

/** The model that is taken where none is named. */
export const DEFAULT_MODEL = '@dilated-unet/models/isbi-2012.zip';

/** The path of its file. @throws EnvironmentError when its package is not installed. */
export function defaultModel(): string {
  try {
    return createRequire(import.meta.url).resolve(DEFAULT_MODEL);
  } catch (cause) {
    throw new EnvironmentError(
      'No model was named, and @dilated-unet/models, which has the one for such cases, is not installed. Install it, or ' +
        'name a package or an ONNX file by --model.',
      { cause },
    );
  }
}
