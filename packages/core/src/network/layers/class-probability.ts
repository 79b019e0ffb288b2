import { POINTWISE, type LayerRules } from './rules.ts';

/** Softmax over the channels, of which channel `class` alone is kept: one channel, probabilities in 0 ... 1. */
export interface ClassProbabilityLayer {
  readonly kind: 'class-probability';
  readonly name: string;
  readonly input: string;
  readonly class: number;
}

export const classProbability: LayerRules<ClassProbabilityLayer> = {
  ...POINTWISE,
  channels: (layer, inputs, malformed) => {
    const channels = inputs[0] ?? 0;
    if (!Number.isInteger(layer.class) || layer.class < 0 || layer.class >= channels) {
      throw malformed(`keeps class ${layer.class} of ${channels}`, 'Classes count from 0');
    }
    return 1;
  },
};
