/**
 * Models in files and folders; otherwise as the package's browser-safe part.
 *
 * @example
 * import { openModel } from '@dilated-unet/model-package/node';
 *
 * const model = await openModel('models/unet.zip'); // a folder, a zip or an ONNX file
 * console.log(model.name, model.forms.map((form) => form.precision));
 *
 * @module
 */
export { openModel } from './open-model.ts';
