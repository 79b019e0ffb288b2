import { unet, unetWidths, type Network } from '@dilated-unet/core';
import type { TrainConfig } from '../config/schema.ts';

/** The network that a configuration trains. */
export function networkOf({ network: { filters, ...options } }: Pick<TrainConfig, 'network'>): Network {
  return unet({ ...options, ...unetWidths(filters) });
}
