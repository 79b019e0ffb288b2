import { networkCost, networkStride, parameterCount, receptiveField, type Network } from '@dilated-unet/core';
import { textTable } from '@dilated-unet/host';

/** What a network is, in numbers. */
export interface NetworkSummary {
  readonly variant: string;
  readonly parameters: number;
  /** Parameters that the optimizer changes. */
  readonly trainable: number;
  /** Multiplications with addition of one forward pass over 512 x 512 pixels. */
  readonly macs512: number;
  /** How far an output pixel sees, pixels in each direction. */
  readonly receptiveFieldRadius: number;
}

const SIDE = 512;

/** The numbers of `network`. @throws InvalidModelError when it is not well formed. */
export function summary(network: Network): NetworkSummary {
  const { total, trainable } = parameterCount(network);
  return {
    variant: network.name,
    parameters: total,
    trainable,
    macs512: networkCost(network, { height: SIDE, width: SIDE }).macs,
    receptiveFieldRadius: receptiveField(network).radius,
  };
}

/** The numbers of `networks` as an aligned table in plain text, one line per network under a line of headings. */
export function summaryTable(networks: readonly Network[]): string {
  const rows = networks.map((network) => {
    const { variant, parameters, trainable, macs512, receptiveFieldRadius } = summary(network);
    const { activationBytes } = networkCost(network, { height: SIDE, width: SIDE });
    return [
      variant,
      parameters.toLocaleString('en'),
      trainable.toLocaleString('en'),
      (macs512 / 1e9).toFixed(1),
      (activationBytes / 1e6).toFixed(0),
      String(receptiveFieldRadius),
      String(networkStride(network)),
    ];
  });
  const headings = ['variant', 'parameters', 'trainable', 'GMAC', 'activations, MB', 'reach, px', 'stride, px'];
  const note =
    `GMAC and activations (all layers, float32) of one forward pass over ${SIDE} x ${SIDE} pixels; ` +
    'reach: radius of the exact receptive field.';
  return `${textTable([headings, ...rows])}\n\n${note}`;
}
