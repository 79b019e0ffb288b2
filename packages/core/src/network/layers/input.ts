import { count, POINTWISE, type LayerRules } from './rules.ts';

/** What the network is given: the image as z-scores, or in a part of a network what an earlier part gives. */
export interface InputLayer {
  readonly kind: 'input';
  readonly name: string;
  readonly channels: number;
  /** Image pixels per pixel of this input, along either axis. @default 1, the image itself */
  readonly scale?: number;
}

export const input: LayerRules<InputLayer> = {
  ...POINTWISE,
  channels: (layer, _inputs, malformed) => count('channels', layer.channels, malformed),
};
