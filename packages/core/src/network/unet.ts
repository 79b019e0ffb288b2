import { InvalidOptionError } from '../errors.ts';
import type { Layer } from './layers/index.ts';
import { outputLayer, type Network } from './network.ts';
import type { PartEnd } from './split.ts';

/** What distinguishes the four variants; the names are those of the original's command line. */
export interface UnetOptions {
  /** Name of the network. @default 'unet' */
  readonly name?: string;
  /** Dilation of the second convolution of each encoder stage, pixels. @default 1 (`--dilate_rate` of the original) */
  readonly dilateRate?: number;
  /** Whether the six bottleneck convolutions have dilations 1, 2, 4, 8, 16, 32 instead of 1. @default false */
  readonly dilate?: boolean;
  /** Whether the bottleneck's output is the sum of its six ReLU outputs, else the sixth alone. @default true */
  readonly addition?: boolean;
  /** Output classes of the softmax, class 1 being cell interior. @default 2 */
  readonly classes?: number;
  /** Width of the three encoder stages; the bottleneck has the last. @default [44, 88, 176] (the original) */
  readonly encoderFilters?: readonly number[];
  /** Width of the decoder stages, deepest first, one per encoder stage. @default [88, 44, 22] (the original) */
  readonly decoderFilters?: readonly number[];
  /** Dropout rate. @default 0.3 (the original) */
  readonly dropout?: number;
}

/** Filters of the first encoder stage of the original. */
export const ORIGINAL_FILTERS = 44;

/**
 * The widths of a U-net of three stages whose proportions are those of the original.
 *
 * @param filters of the first encoder stage and, an even number, twice those of the last decoder stage; 44: the original.
 */
export function unetWidths(filters: number): Required<Pick<UnetOptions, 'encoderFilters' | 'decoderFilters'>> {
  return {
    encoderFilters: [filters, 2 * filters, 4 * filters],
    decoderFilters: [2 * filters, filters, filters / 2],
  };
}

const BOTTLENECK_DEPTH = 6;
/** Keras' defaults, which the original uses. */
const BATCH_NORM = { momentum: 0.99, epsilon: 1e-3 } as const;

/**
 * The U-net of the original: after Ronneberger et al. 2015 with batch-norm behind each ReLU, dropout, nearest-neighbour
 * upsampling, and a bottleneck of six convolutions, dilated after Yu & Koltun 2016 if asked.
 *
 * Input: n, y, x, 1 z-scores, y and x multiples of 2^stages (8). Output: n, y, x, 1 probabilities of cell interior.
 *
 * @throws InvalidOptionError when an option is outside its range.
 */
export function unet(options: UnetOptions = {}): Network {
  const {
    name = 'unet',
    dilateRate = 1,
    dilate = false,
    addition = true,
    classes = 2,
    encoderFilters = unetWidths(ORIGINAL_FILTERS).encoderFilters,
    decoderFilters = unetWidths(ORIGINAL_FILTERS).decoderFilters,
    dropout = 0.3,
  } = options;
  requireInteger('dilateRate', dilateRate, 1);
  requireInteger('classes', classes, 2);
  if (encoderFilters.length === 0 || encoderFilters.length !== decoderFilters.length) {
    throw new InvalidOptionError('decoderFilters', 'must have one width per encoder stage', decoderFilters);
  }
  for (const width of encoderFilters) requireInteger('encoderFilters', width, 1);
  for (const width of decoderFilters) requireInteger('decoderFilters', width, 1);
  if (!(dropout >= 0 && dropout < 1)) {
    throw new InvalidOptionError('dropout', 'must be at least 0 and below 1', dropout);
  }

  const layers: Layer[] = [{ kind: 'input', name: 'image', channels: 1 }];
  const add = (layer: Layer): string => {
    layers.push(layer);
    return layer.name;
  };
  const convRelu = (conv: string, input: string, filters: number, dilation = 1): string => {
    add({ kind: 'conv', name: conv, input, filters, kernel: 3, dilation, initializer: 'he-normal' });
    return add({ kind: 'activation', name: `${conv}/relu`, input: conv, activation: 'relu' });
  };
  const batchNorm = (norm: string, input: string): string =>
    add({ kind: 'batch-norm', name: norm, input, ...BATCH_NORM });
  const drop = (dropoutName: string, input: string): string =>
    dropout > 0 ? add({ kind: 'dropout', name: dropoutName, input, rate: dropout }) : input;

  let x = 'image';
  const skips: string[] = [];
  encoderFilters.forEach((filters, i) => {
    const stage = `encoder${i + 1}`;
    x = convRelu(`${stage}/conv1`, x, filters);
    x = drop(`${stage}/dropout1`, batchNorm(`${stage}/norm1`, x));
    x = convRelu(`${stage}/conv2`, x, filters, dilateRate);
    skips.push(x);
    x = drop(`${stage}/dropout2`, batchNorm(`${stage}/norm2`, x));
    x = add({ kind: 'max-pool', name: `${stage}/pool`, input: x });
    x = drop(`${stage}/dropout3`, x);
  });

  const width = encoderFilters.at(-1) as number;
  const outputs: string[] = [];
  for (let i = 1; i <= BOTTLENECK_DEPTH; i++) {
    if (i > 1) x = drop(`bottleneck/dropout${i - 1}`, batchNorm(`bottleneck/norm${i - 1}`, x));
    x = convRelu(`bottleneck/conv${i}`, x, width, dilate ? 2 ** (i - 1) : 1);
    outputs.push(x);
  }
  if (addition) x = add({ kind: 'add', name: 'bottleneck/sum', inputs: outputs });

  decoderFilters.forEach((filters, i) => {
    const stage = `decoder${decoderFilters.length - i}`;
    x = add({ kind: 'upsample', name: `${stage}/upsample`, input: x });
    x = convRelu(`${stage}/conv1`, x, filters);
    x = add({ kind: 'concat', name: `${stage}/concat`, inputs: [skips[decoderFilters.length - 1 - i] as string, x] });
    x = drop(`${stage}/dropout1`, batchNorm(`${stage}/norm1`, x));
    x = convRelu(`${stage}/conv2`, x, filters);
    x = batchNorm(`${stage}/norm2`, x);
    x = convRelu(`${stage}/conv3`, x, filters);
  });

  x = batchNorm('head/norm', x);
  x = add({
    kind: 'conv',
    name: 'head/conv',
    input: x,
    filters: classes,
    kernel: 1,
    dilation: 1,
    initializer: 'glorot-uniform',
  });
  add({ kind: 'class-probability', name: 'interior', input: x, class: 1 });
  return { name, layers };
}

/**
 * Encoder, bottleneck and decoder of a network that `unet` built, or of its inference form: for `splitAt`.
 *
 * @throws InvalidOptionError when the network is none of `unet`'s.
 */
export function unetParts(network: Network): readonly PartEnd[] {
  return [
    { name: 'encoder', last: layerBefore(network, 'bottleneck/') },
    { name: 'bottleneck', last: layerBefore(network, 'decoder') },
    { name: 'decoder', last: outputLayer(network).name },
  ];
}

/** What lies above the deepest level of the encoder: of one level, the image alone. @throws as `unetParts`. */
export function unetAboveDeepest(network: Network): PartEnd {
  const levels = network.layers.map(({ name }) => Number(/^encoder(\d+)\//.exec(name)?.[1] ?? 0));
  return { name: 'above', last: layerBefore(network, `encoder${Math.max(...levels)}/`) };
}

/** Name of the layer before the first one whose name begins with `prefix`. */
function layerBefore(network: Network, prefix: string): string {
  const first = network.layers.findIndex(({ name }) => name.startsWith(prefix));
  const last = network.layers[first - 1]?.name;
  if (last === undefined) throw new InvalidOptionError('network', 'must be one that `unet` built', network.name);
  return last;
}

function requireInteger(option: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new InvalidOptionError(option, `must be an integer of at least ${least}`, value);
  }
}
