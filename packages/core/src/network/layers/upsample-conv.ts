import { count, POINTWISE, type LayerRules } from './rules.ts';

/**
 * Upsampling by 2 (nearest neighbour) and a 3 x 3 convolution with bias behind it, as one layer of inference forms: each of
 * the four pixels that come from one sees 2 x 2 pixels of the small image, so it takes 4/9 of the arithmetic.
 *
 *     y[2v + a, 2u + b, o] = bias[(a, b, o)] + sum over i, j, c of  x[v + a - 1 + i, u + b - 1 + j, c] k[i, j, c, (a, b, o)]
 *
 * with a, b, i, j in 0, 1; x outside the image is 0. The last axis of k, and of the bias, has the four (a, b) from (1, 1) to
 * (0, 0), the filters o of each together: the order in which they are interleaved.
 */
export interface UpsampleConvLayer {
  readonly kind: 'upsample-conv';
  readonly name: string;
  readonly input: string;
  /** Output channels. */
  readonly filters: number;
}

export const upsampleConv: LayerRules<UpsampleConvLayer> = {
  ...POINTWISE,
  channels: ({ filters }, _inputs, malformed) => count('filters', filters, malformed),
  scale: 1 / 2,
  needed: (_layer, [first, last]) => [Math.floor((first - 1) / 2), Math.floor((last + 1) / 2)],
  parameters: ({ filters }, channels) => [
    { role: 'kernel', shape: [2, 2, channels, 4 * filters], trainable: true },
    { role: 'bias', shape: [4 * filters], trainable: true },
  ],
  macs: ({ filters }, channels) => 4 * channels * filters,
};
