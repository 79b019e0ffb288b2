import { InvalidModelError, InvalidOptionError } from '../errors.ts';
import { layerInputs, type Layer, type LayerOf } from './layers/index.ts';
import { networkOutputs, type Network } from './network.ts';
import { networkShapes, networkStride } from './shapes.ts';
import type { ParameterValues } from './sigmoid-head.ts';

/**
 * Which rows (or columns) of a 3 x 3 kernel meet at each of the two pixels that an output pixel sees of the small image: the
 * even output pixels see the pixel before theirs and theirs, the odd ones theirs and the next.
 */
const MEETING = [
  [[0], [1, 2]],
  [[0, 1], [2]],
] as const;
const [PIXELS, PHASES] = [
  [0, 1],
  [1, 0],
] as const;

export interface FoldUpsamplingOptions {
  /**
   * Channels that an upsampled tensor must have at least: what is saved grows with them, the interleaving of the four results does
   * not.
   *
   * @default 1
   */
  readonly leastChannels?: number;
}

/**
 * The same function with each upsampling that only 3 x 3 convolutions read done by those convolutions, on the small image:
 * 4/9 of their arithmetic. Exact at the image's border, since zeros beyond it are zeros in both sizes.
 *
 * @param network an inference form.
 * @param values all its parameters, float32; kernels with axes y, x, input channel, output channel.
 * @returns the new network, its layers under their old names, and its parameters, whose sums are computed in float64.
 * @throws InvalidModelError when a parameter is missing; InvalidOptionError when `leastChannels` is not a whole number of at
 *   least 1.
 */
export function foldUpsampling(
  network: Network,
  values: ParameterValues,
  { leastChannels = 1 }: FoldUpsamplingOptions = {},
): { readonly network: Network; readonly values: ParameterValues } {
  if (!Number.isInteger(leastChannels) || leastChannels < 1) {
    throw new InvalidOptionError('leastChannels', 'must be a whole number of at least 1', leastChannels);
  }
  const side = networkStride(network);
  const shapes = networkShapes(network, { height: side, width: side });
  const outputs = new Set(networkOutputs(network).map(({ name }) => name));
  const folded = new Map<string, string>();
  for (const layer of network.layers) {
    if (layer.kind !== 'upsample' || outputs.has(layer.name)) continue;
    if ((shapes.get(layer.name)?.channels as number) < leastChannels) continue;
    const readers = network.layers.filter((reader) => layerInputs(reader).includes(layer.name));
    if (readers.length > 0 && readers.every(isFoldable)) folded.set(layer.name, layer.input);
  }
  const changed = new Map(values);
  const layers = network.layers.flatMap((layer): readonly Layer[] => {
    if (folded.has(layer.name)) return [];
    const input = layer.kind === 'conv' ? folded.get(layer.input) : undefined;
    if (layer.kind !== 'conv' || input === undefined) return [layer];
    foldParameters(layer, changed);
    return [{ kind: 'upsample-conv', name: layer.name, input, filters: layer.filters }];
  });
  return { network: { ...network, layers }, values: changed };
}

function isFoldable(layer: Layer): layer is LayerOf<'conv'> {
  return layer.kind === 'conv' && layer.kernel === 3 && layer.dilation === 1;
}

function foldParameters(
  { name, filters }: LayerOf<'conv'>,
  values: Map<string, { readonly shape: readonly number[]; readonly data: Float32Array }>,
): void {
  const [kernel, bias] = [values.get(`${name}/kernel`), values.get(`${name}/bias`)];
  if (kernel === undefined || bias === undefined) throw new InvalidModelError(`The parameters lack those of ${name}.`);
  const channels = kernel.shape[2] as number;
  const data = new Float32Array(16 * channels * filters);
  let at = 0;
  for (const i of PIXELS) {
    for (const j of PIXELS) {
      for (let c = 0; c < channels; c++) {
        for (const a of PHASES) {
          for (const b of PHASES) {
            for (let o = 0; o < filters; o++) {
              let weight = 0;
              for (const y of MEETING[a][i]) {
                for (const x of MEETING[b][j])
                  weight += kernel.data[((y * 3 + x) * channels + c) * filters + o] as number;
              }
              data[at++] = weight;
            }
          }
        }
      }
    }
  }
  values.set(`${name}/kernel`, { shape: [2, 2, channels, 4 * filters], data });
  const biases = Float32Array.from({ length: 4 * filters }, (_, o) => bias.data[o % filters] as number);
  values.set(`${name}/bias`, { shape: [4 * filters], data: biases });
}
