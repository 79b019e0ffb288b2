import { InvalidModelError, InvalidOptionError, unetOptions, unetWidths, type UnetOptions } from '@dilated-unet/core';
import type { TrainConfig } from '../config/schema.ts';
import type { InitialModel } from './initial-model.ts';

const SHAPE_FIELDS = ['dilateRate', 'dilate', 'addition', 'classes', 'filters'] as const;

/** The fields that a network has from the model that it begins from. */
export type NetworkShape = Pick<TrainConfig['network'], (typeof SHAPE_FIELDS)[number]>;

type Known = Required<UnetOptions>;

/** What a model has of each field, as the rest of a sentence that begins with its name. */
const WORDS: { readonly [Field in keyof NetworkShape]: (found: NetworkShape) => string } = {
  dilateRate: ({ dilateRate }) =>
    dilateRate === 1
      ? "does not dilate the encoder's convolutions"
      : `dilates the second convolution of each encoder stage by ${dilateRate}`,
  dilate: ({ dilate }) =>
    dilate ? 'has a bottleneck with dilations 1, 2, 4, 8, 16, 32' : 'has a bottleneck without dilation',
  addition: ({ addition }) =>
    addition ? "sums the bottleneck's six outputs" : "takes the last of the bottleneck's outputs alone",
  classes: ({ classes }) => `has ${classes} classes`,
  filters: ({ filters }) => `has ${filters} filters in its first stage`,
};

/**
 * The shape of the network of a trained model.
 *
 * @throws InvalidModelError when it is none that the trainer builds: then it says in which respect.
 */
export function shapeOf({ network, path }: Pick<InitialModel, 'network' | 'path'>): NetworkShape {
  const found = unetOptions(network);
  const filters = found.encoderFilters[0] as number;
  const ours = unetWidths(filters);
  for (const [field, part] of [
    ['encoderFilters', 'encoder'],
    ['decoderFilters', 'decoder'],
  ] as const satisfies readonly (readonly [keyof Known, string])[]) {
    if (found[field].join() === ours[field].join()) continue;
    throw new InvalidModelError(
      `${path}: the stages of its ${part} have ${found[field].join(', ')} filters, those of a network of ${filters} filters ` +
        `${ours[field].join(', ')}. Begin from a model of this trainer.`,
    );
  }
  const { dilateRate, dilate, addition, classes } = found;
  return { dilateRate, dilate, addition, classes, filters };
}

/**
 * Whether a training can go on with the weights of a model: its network must be the same but for dropout, and for the
 * classes where the head is new.
 *
 * @throws InvalidOptionError naming the first difference; InvalidModelError as `shapeOf`.
 */
export function requireSameShape(
  { network, init }: Pick<TrainConfig, 'init' | 'network'>,
  model: Pick<InitialModel, 'name' | 'network' | 'path'>,
): void {
  const shape = shapeOf(model);
  for (const field of SHAPE_FIELDS) {
    if (network[field] === shape[field] || (field === 'classes' && init?.newHead === true)) continue;
    const also = field === 'classes' ? ', unless with `init.newHead`' : '';
    throw new InvalidOptionError(
      `network.${field}`,
      `must be ${Number(shape[field])}${also}: the model ${model.name} ${WORDS[field](shape)}. The network's shape is taken ` +
        'from it where none is asked for',
      network[field],
    );
  }
}
