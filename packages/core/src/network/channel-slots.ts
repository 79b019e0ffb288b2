import { foldLayers } from './fold.ts';
import { layerChannels } from './shapes.ts';
import type { ConvLayer } from './layers/conv.ts';
import type { Network } from './network.ts';

/** What a channel of a widened tensor holds: a channel of the tensor as it was, 1 in every pixel, or 0 in every pixel. */
export type Slot = number | 'one' | 'zero';

/** How a convolution is widened. */
export interface Widening {
  /** Whether it gives a channel that is 1 everywhere. */
  readonly one: boolean;
  /** Channels that are 0 everywhere fill it up to a multiple of this. */
  readonly block: number;
}

/** The slots of each tensor of `network`, as it was before its convolutions were widened. */
export function channelSlots(
  network: Network,
  widenings: ReadonlyMap<string, Widening>,
): ReadonlyMap<string, readonly Slot[]> {
  const tensors = foldLayers<{ readonly channels: number; readonly slots: readonly Slot[] }>(
    network,
    (layer, inputs) => {
      const channels = layerChannels(
        network,
        layer,
        inputs.map((input) => input.channels),
      );
      if (layer.kind === 'conv') return { channels, slots: convSlots(layer, widenings.get(layer.name)) };
      if (layer.kind !== 'concat') return { channels, slots: inputs[0]?.slots ?? plain(channels) };
      let before = 0;
      const slots = inputs.flatMap((input) => {
        const moved = input.slots.map((slot) => (typeof slot === 'number' ? before + slot : slot));
        before += input.channels;
        return moved;
      });
      return { channels, slots };
    },
  );
  return new Map([...tensors].map(([name, { slots }]) => [name, slots]));
}

function convSlots({ filters }: ConvLayer, widening: Widening | undefined): readonly Slot[] {
  if (widening === undefined) return plain(filters);
  const slots: Slot[] = [...plain(filters), ...(widening.one ? (['one'] as const) : [])];
  while (slots.length % widening.block !== 0) slots.push('zero');
  return slots;
}

function plain(channels: number): readonly number[] {
  return Array.from({ length: channels }, (_, channel) => channel);
}
