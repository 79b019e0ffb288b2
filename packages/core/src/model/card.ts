import { describeValue, InvalidModelError } from '../errors.ts';
import type { Normalisation } from '../image/normalisation.ts';

/**
 * What a runtime must know of a model beside its graph. It travels inside the ONNX file (see onnx-metadata.ts), so that
 * one file is a whole model.
 */
export interface ModelCard {
  /** Version of this format. */
  readonly format: 1;
  /** Name of the network, for example `unet`. */
  readonly name: string;
  /** Name of the graph's input: float32, axes n, y, x, channel; n = 1 or more, one channel of z-scores. */
  readonly input: string;
  /** Name of the graph's output: float32, axes n, y, x, channel; one channel, probability of cell interior. */
  readonly output: string;
  /** Height and width of the input must be multiples of this, pixels (8: three poolings). */
  readonly stride: number;
  /** How far an output pixel sees, pixels in each direction, exactly. */
  readonly receptiveFieldRadius: number;
  /** From raw grey values to the graph's input. */
  readonly normalisation: Normalisation;
}

/** `value` as a model card. @throws InvalidModelError naming the first field that is missing or wrong. */
export function parseModelCard(value: unknown): ModelCard {
  if (value === null || typeof value !== 'object') throw new InvalidModelError('The model card is not an object.');
  const card = value as Record<string, unknown>;
  if (card['format'] !== 1) {
    throw new InvalidModelError(
      `The model card has format ${describeValue(card['format'])}; this version reads format 1. ` +
        'Use the version of dilated-unet that exported the model, or export it again.',
    );
  }
  const normalisation = card['normalisation'] as Record<string, unknown> | null | undefined;
  return {
    format: 1,
    name: text(card['name'], 'name'),
    input: text(card['input'], 'input'),
    output: text(card['output'], 'output'),
    stride: number(card['stride'], 'stride', (v) => Number.isInteger(v) && v >= 1),
    receptiveFieldRadius: number(
      card['receptiveFieldRadius'],
      'receptiveFieldRadius',
      (v) => Number.isInteger(v) && v >= 0,
    ),
    normalisation: {
      mean: number(normalisation?.['mean'], 'normalisation.mean', Number.isFinite),
      std: number(normalisation?.['std'], 'normalisation.std', (v) => Number.isFinite(v) && v > 0),
    },
  };
}

function text(value: unknown, field: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new InvalidModelError(`The model card's ${field} must be a text; received ${describeValue(value)}.`);
}

function number(value: unknown, field: string, rule: (value: number) => boolean): number {
  if (typeof value === 'number' && rule(value)) return value;
  const received = describeValue(value);
  throw new InvalidModelError(`The model card's ${field} is missing or out of range; received ${received}.`);
}
