import { NORMALISE_OPTIONS, type GreyRange } from '@dilated-unet/core';
import { InvalidArgumentError, Option } from 'commander';

/** The flags of `GreyOptions` of core, for each command that runs a model on images. */
export function greyFlags(): readonly Option[] {
  return [
    new Option(
      '--normalise <by>',
      "mean and deviation of the grey values: model, the training's, checked; section, each section's own; stack, of all",
    )
      .choices(NORMALISE_OPTIONS)
      .default('model'),
    new Option(
      '--grey-range <black,white>',
      'the grey values that are black and white here, for example 0,65535; mapped to those of the training',
    ).argParser(greyRange),
    new Option('--invert', 'the images are negatives of those of the training').default(false),
  ];
}

function greyRange(text: string): GreyRange {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  const [black, white] = numbers;
  if (numbers.length === 2 && numbers.every(Number.isFinite) && (black as number) < (white as number)) {
    return [black as number, white as number];
  }
  throw new InvalidArgumentError('It must be two numbers, black first, for example 0,65535; --invert exchanges them.');
}
