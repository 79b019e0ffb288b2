import { expect } from 'vitest';
import {
  inferenceForm,
  networkShapes,
  unet,
  type Layer,
  type LayerKind,
  type Network,
  type ParameterValues,
} from '../../src/index.ts';
import { relativeDifference, shapesFor, shapesOf } from './network-values.ts';
import { randomNetwork } from './random-network.ts';

export const CONV = { kind: 'conv', kernel: 3, dilation: 1, initializer: 'he-normal' } as const;
const SIZE = { width: 24, height: 16 };

export const kinds = ({ layers }: Network): readonly LayerKind[] => layers.map(({ kind }) => kind);

/** How much the folded network gives something else, once its values have the shapes that it wants. */
export function difference(
  network: Network,
  values: ParameterValues,
  folded: { readonly network: Network; readonly values: ParameterValues },
): Promise<number> {
  expect(shapesOf(folded.values)).toEqual(shapesFor(folded.network));
  return relativeDifference(network, values, folded);
}

/** Networks in which each layer of a kind is read by a 3 x 3 convolution alone. */
export const convolvedNetwork = (kind: LayerKind) =>
  randomNetwork.map((network): Network => {
    const form = inferenceForm(network);
    const shapes = networkShapes(form, SIZE);
    return {
      ...form,
      layers: form.layers.flatMap((layer): readonly Layer[] => {
        if (layer.kind !== kind) return [layer];
        const filters = shapes.get(layer.name)?.channels ?? 0;
        const read = { ...layer, name: `${layer.name}/read` };
        return [read, { ...CONV, name: layer.name, input: read.name, filters }];
      }),
    };
  });

export const smallUnet = (options: Parameters<typeof unet>[0] = {}): Network =>
  inferenceForm(unet({ encoderFilters: [3, 4], decoderFilters: [4, 2], ...options }));
