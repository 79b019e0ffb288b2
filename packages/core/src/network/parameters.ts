import { foldLayers } from './fold.ts';
import { rulesOf } from './layers/index.ts';
import type { LayerParameter } from './layers/rules.ts';
import type { Network } from './network.ts';
import { layerChannels } from './shapes.ts';

/** One tensor of weights of a network. */
export interface Parameter extends LayerParameter {
  /** Layer and role, for example `encoder1/conv1/kernel`. */
  readonly name: string;
  /** Name of the layer that owns it. */
  readonly layer: string;
}

/**
 * The parameters of `network`, in the order of its layers; within a layer in the order kernel, bias or gamma, beta,
 * moving_mean, moving_variance (the order in which Keras lists a layer's weights).
 *
 * @throws InvalidModelError when the network is not well formed.
 */
export function networkParameters(network: Network): readonly Parameter[] {
  const parameters: Parameter[] = [];
  foldLayers<number>(network, (layer, inputs) => {
    for (const parameter of rulesOf(layer).parameters(layer, inputs[0] ?? 0)) {
      parameters.push({ name: `${layer.name}/${parameter.role}`, layer: layer.name, ...parameter });
    }
    return layerChannels(network, layer, inputs);
  });
  return parameters;
}

/**
 * Numbers in the parameters of `network`: all of them, and those that the optimizer changes.
 *
 * @throws InvalidModelError when the network is not well formed.
 */
export function parameterCount(network: Network): { readonly total: number; readonly trainable: number } {
  let total = 0;
  let trainable = 0;
  for (const parameter of networkParameters(network)) {
    const count = parameter.shape.reduce((product, side) => product * side, 1);
    total += count;
    if (parameter.trainable) trainable += count;
  }
  return { total, trainable };
}
