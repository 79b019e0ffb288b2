import type { ModelCard, ModelStage } from '../model/card.ts';
import { networkCost, type NetworkCost } from './cost.ts';
import { joinParts } from './join.ts';
import { networkInputs, type Network } from './network.ts';
import { networkStride } from './shapes.ts';
import { networkPorts, splitAt } from './split.ts';
import { unetAboveDeepest, unetParts } from './unet.ts';

/**
 * The stages in which a U-net can be run over an image of any size: an encoder gives the deepest map, `bottleneck` makes
 * another of it, and a decoder gives the result from that and the image, of which it computes the skips again. Only the maps,
 * of 1/64 of the image's pixels, are kept between them, so each stage is cut into tiles by its own halo: that of a dilated
 * bottleneck, which is most of the network's, meets the smallest part of its arithmetic.
 *
 * In the other chain the encoder also gives the deepest skip, so the decoder does not compute that again: three times the memory
 * for the maps, a ninth of the arithmetic less. The skips above it are larger.
 *
 * @param network one that `unet` built, or its inference form.
 * @throws InvalidOptionError when it is none of `unet`'s.
 */
export function networkStages(network: Network): Required<Pick<ModelCard, 'stages' | 'stagesKeepingSkip'>> {
  const [above, deepest, bottleneck, decoder] = splitAt(network, [
    unetAboveDeepest(network),
    ...unetParts(network),
  ]) as [Network, Network, Network, Network];
  const read = networkInputs(bottleneck).map(({ name }) => name);
  const side = networkStride(network);
  const cost = (part: Network): NetworkCost => networkCost(part, { height: side, width: side });
  const whole = cost(network).macs;
  const stage = (name: string, part: Network): ModelStage => {
    const { macs, largestActivationBytes } = cost(part);
    return {
      name,
      ...networkPorts(part),
      largestActivationBytes: largestActivationBytes / side ** 2,
      share: macs / whole,
    };
  };
  const between = stage('bottleneck', bottleneck);
  return {
    stages: [
      stage('encoder', joinParts([above, { ...deepest, outputs: read }])),
      between,
      stage('decoder', joinParts([above, deepest, decoder])),
    ],
    stagesKeepingSkip: [
      stage('encoder-with-skip', joinParts([above, deepest])),
      between,
      stage('decoder-with-skip', joinParts([above, decoder])),
    ],
  };
}
