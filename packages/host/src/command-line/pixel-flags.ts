import { TYPED_PIXEL_SIZES, type PixelSides } from '@dilated-unet/core';
import { InvalidArgumentError, Option } from 'commander';

/** What the flags below say; absent is what was not typed. */
export interface PixelFlags {
  /** Of the images, nanometres. */
  readonly pixelSize?: PixelSides;
  /** Those that the model was trained on, nanometres. */
  readonly modelPixelSize?: PixelSides;
}

/** The flags that say which pixels images have, `--pixel-size`, and which the model was trained on, `--model-pixel-size`. */
export function pixelFlags(): readonly Option[] {
  return [
    new Option(
      '--pixel-size <nm>',
      'nanometres of the pixels of the images (or y,x), where their files do not state them, or wrongly; others than those of the ' +
        'model are resampled (docs/pixel-size.md)',
    ).argParser(pixelSides),
    new Option(
      '--model-pixel-size <nm>',
      'nanometres of the pixels that the model was trained on, where it does not know them; give those of the images to ' +
        'segment them as they are',
    ).argParser(pixelSides),
  ];
}

function pixelSides(text: string): PixelSides {
  const [y, x = y, ...more] = text.split(',').map((word) => (word.trim() === '' ? NaN : Number(word)));
  const { least, most } = TYPED_PIXEL_SIZES;
  const fits = (side: number | undefined): side is number => side !== undefined && side >= least && side <= most;
  if (fits(y) && fits(x) && more.length === 0) return { y, x };
  throw new InvalidArgumentError(`It must be nanometres from ${least} to ${most}: 3.7, or 4,3.7 for y and x.`);
}
