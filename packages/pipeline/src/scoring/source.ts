import { InvalidOptionError } from '@dilated-unet/core';

/** Where the prediction comes from: a file, or a model that is run on images. */
export type PredictionSource =
  { readonly prediction: string } | { readonly model: string; readonly images: string; readonly symmetries: boolean };

/** The flags that say it, as typed. */
export interface SourceFlags {
  readonly prediction?: string;
  readonly model?: string;
  readonly images?: string;
  readonly symmetries: boolean;
}

/** The one source that `flags` name. @throws InvalidOptionError where they name none, half of one, or two. */
export function predictionSource({ prediction, model, images, symmetries }: SourceFlags): PredictionSource {
  if (prediction !== undefined) {
    const other = model ?? images;
    if (other !== undefined) {
      const rule = 'must be given alone, or left out where `model` and `images` make the prediction';
      throw new InvalidOptionError('prediction', rule, prediction);
    }
    if (symmetries) {
      const rule = 'needs `model` and `images`: a prediction that is a file cannot be averaged any more';
      throw new InvalidOptionError('symmetries', rule, true);
    }
    return { prediction };
  }
  if (model === undefined && images === undefined) {
    throw new InvalidOptionError('prediction', 'must name a file, or `model` and `images` one each', prediction);
  }
  if (model === undefined) throw new InvalidOptionError('model', 'must name the ONNX file for `images`', model);
  if (images === undefined) throw new InvalidOptionError('images', 'must name the stack for `model`', images);
  return { model, images, symmetries };
}
