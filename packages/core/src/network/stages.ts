import type { ModelStage } from '../model/card.ts';
import { networkCost, type NetworkCost } from './cost.ts';
import { joinParts } from './join.ts';
import { networkInputs, type Network } from './network.ts';
import { networkStride } from './shapes.ts';
import { networkPorts, splitAt } from './split.ts';
import { unetParts } from './unet.ts';

/**
 * The stages in which a U-net can be run over an image of any size: `encoder` gives the deepest map, `bottleneck` makes
 * another of it, and `decoder` gives the result from that and the image, of which it computes the skips again. Only the maps,
 * of 1/64 of the image's pixels, are kept between them, so each stage is cut into tiles by its own halo: that of a dilated
 * bottleneck, which is most of the network's, meets the smallest part of its arithmetic.
 *
 * @param network one that `unet` built, or its inference form.
 * @throws InvalidOptionError when it is none of `unet`'s.
 */
export function networkStages(network: Network): readonly ModelStage[] {
  const [encoder, bottleneck, decoder] = splitAt(network, unetParts(network)) as [Network, Network, Network];
  const read = networkInputs(bottleneck).map(({ name }) => name);
  const side = networkStride(network);
  const cost = (part: Network): NetworkCost => networkCost(part, { height: side, width: side });
  const whole = cost(network).macs;
  return [joinParts([{ ...encoder, outputs: read }]), bottleneck, joinParts([encoder, decoder])].map((part) => {
    const { macs, largestActivationBytes } = cost(part);
    return {
      name: part.name,
      ...networkPorts(part),
      largestActivationBytes: largestActivationBytes / side ** 2,
      share: macs / whole,
    };
  });
}
