import { foldLayers } from './fold.ts';
import type { Layer, Network } from './layers.ts';
import { layerChannels } from './shapes.ts';

export type ParameterRole = 'kernel' | 'bias' | 'gamma' | 'beta' | 'moving_mean' | 'moving_variance';

/** One tensor of weights. */
export interface Parameter {
  /** Layer and role, for example `encoder1/conv1/kernel`. */
  readonly name: string;
  /** Name of the layer that owns it. */
  readonly layer: string;
  readonly role: ParameterRole;
  /** Kernels have axes y, x, input channel, output channel; all others have one axis, the channel. */
  readonly shape: readonly number[];
  /** Whether the optimizer changes it; the moving statistics of batch-norm are updated by the forward pass instead. */
  readonly trainable: boolean;
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
    parameters.push(...layerParameters(layer, inputs[0] ?? 0));
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

function layerParameters(layer: Layer, channels: number): readonly Parameter[] {
  const parameter = (role: ParameterRole, shape: readonly number[], trainable = true): Parameter => ({
    name: `${layer.name}/${role}`,
    layer: layer.name,
    role,
    shape,
    trainable,
  });
  switch (layer.kind) {
    case 'conv':
      return [
        parameter('kernel', [layer.kernel, layer.kernel, channels, layer.filters]),
        parameter('bias', [layer.filters]),
      ];
    case 'batch-norm':
      return [
        parameter('gamma', [channels]),
        parameter('beta', [channels]),
        parameter('moving_mean', [channels], false),
        parameter('moving_variance', [channels], false),
      ];
    default:
      return [];
  }
}
