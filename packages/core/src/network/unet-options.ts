import { InvalidModelError, isDilatedUnetError } from '../errors.ts';
import type { ConvLayer } from './layers/conv.ts';
import type { Layer } from './layers/index.ts';
import type { Network } from './network.ts';
import { unet, type UnetOptions } from './unet.ts';

/**
 * The options with which `unet` builds `network`.
 *
 * @throws InvalidModelError naming the first layer in which it is none of `unet`'s networks.
 */
export function unetOptions(network: Network): Required<UnetOptions> {
  const options = guess(network);
  let own: Network;
  try {
    own = unet(options);
  } catch (cause) {
    if (!isDilatedUnetError(cause)) throw cause;
    throw foreign(network, cause.message, cause);
  }
  const length = Math.max(own.layers.length, network.layers.length);
  for (let i = 0; i < length; i++) {
    const [there, here] = [network.layers[i], own.layers[i]].map(text) as [string, string];
    if (there !== here) throw foreign(network, `layer ${i + 1} is ${there}, where \`unet\` has ${here}`);
  }
  return options;
}

/** What the layers say whose names `unet` gives; whether the others fit is to be seen. */
function guess({ name, layers }: Network): Required<UnetOptions> {
  const convs = new Map(layers.flatMap((layer) => (layer.kind === 'conv' ? [[layer.name, layer] as const] : [])));
  const conv = (key: string): ConvLayer | undefined => convs.get(key);
  const encoderFilters: number[] = [];
  for (
    let stage = conv('encoder1/conv1');
    stage !== undefined;
    stage = conv(`encoder${encoderFilters.length + 1}/conv1`)
  ) {
    encoderFilters.push(stage.filters);
  }
  const stages = encoderFilters.length;
  return {
    name,
    dilateRate: conv('encoder1/conv2')?.dilation ?? 1,
    dilate: (conv('bottleneck/conv2')?.dilation ?? 1) > 1,
    addition: layers.some((layer) => layer.kind === 'add'),
    classes: conv('head/conv')?.filters ?? 2,
    encoderFilters,
    decoderFilters: encoderFilters.map((_, i) => conv(`decoder${stages - i}/conv1`)?.filters ?? 0),
    dropout: layers.find((layer) => layer.kind === 'dropout')?.rate ?? 0,
  };
}

/** A layer as JSON, its fields in the order of their names. */
function text(layer: Layer | undefined): string {
  if (layer === undefined) return 'none';
  return JSON.stringify(Object.fromEntries(Object.entries(layer).sort(([a], [b]) => (a < b ? -1 : 1))));
}

function foreign({ name }: Network, why: string, cause?: unknown): InvalidModelError {
  return new InvalidModelError(`Network "${name}" is none that \`unet\` builds: ${why}.`, { cause });
}
