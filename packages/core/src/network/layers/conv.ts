import { count, POINTWISE, type LayerRules } from './rules.ts';

/** Square convolution with bias, stride 1, zero padding that keeps the size ('same'). */
export interface ConvLayer {
  readonly kind: 'conv';
  readonly name: string;
  readonly input: string;
  /** Output channels. */
  readonly filters: number;
  /** Side of the kernel, pixels; odd. */
  readonly kernel: number;
  /** Distance between neighbouring taps, pixels; 1 is an ordinary convolution. */
  readonly dilation: number;
  /** How the kernel is drawn: He et al. 2015 (truncated normal) before a ReLU, Glorot & Bengio 2010 (uniform) else. */
  readonly initializer: 'he-normal' | 'glorot-uniform';
}

export const conv: LayerRules<ConvLayer> = {
  ...POINTWISE,
  channels: ({ filters, kernel, dilation }, _inputs, malformed) => {
    count('dilation', dilation, malformed);
    if (count('kernel', kernel, malformed) % 2 === 0) {
      throw malformed(`has a kernel of ${kernel}`, 'Its side must be odd');
    }
    return count('filters', filters, malformed);
  },
  needed: ({ kernel, dilation }, [first, last]) => {
    const reach = ((kernel - 1) / 2) * dilation;
    return [first - reach, last + reach];
  },
  parameters: ({ kernel, filters }, channels) => [
    { role: 'kernel', shape: [kernel, kernel, channels, filters], trainable: true },
    { role: 'bias', shape: [filters], trainable: true },
  ],
  macs: ({ kernel, filters }, channels) => kernel ** 2 * channels * filters,
};
