import { TYPED_PIXEL_SIZES } from '@dilated-unet/core';
import { z } from 'zod';
import { flagsIn } from './flags.ts';

const data = flagsIn('data');

/** Side of a pixel, nanometres. */
const nanometres = () => {
  const { least, most } = TYPED_PIXEL_SIZES;
  const rule = `must be from ${least} to ${most}, in nanometres`;
  return z.number().min(least, rule).max(most, rule).optional();
};

/** The pixels that are trained at. */
export const pixelSizeFields = {
  /**
   * Side of the pixels to which images and labels of stacks are resampled, nanometres; what the model's card says of them.
   *
   * @default those of the model that the training begins from, where both know theirs; else none, and nothing is resampled
   */
  pixelSize: data(
    nanometres(),
    '--pixel-size NM',
    'train at pixels of so many nanometres: images and labels are resampled to it (default: as the files are; with --init as its model; docs/pixel-size.md)',
  ),
  /** Side of the pixels of `images` and `test`, nanometres. @default what their files state */
  dataPixelSize: data(
    nanometres(),
    '--data-pixel-size NM',
    'what the pixels of the files are, where they do not state it or state it wrongly',
  ),
};
