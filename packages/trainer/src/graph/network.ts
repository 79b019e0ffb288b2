import {
  inputLayer,
  layerInputs,
  networkShapes,
  networkStride,
  outputLayer,
  type Layer,
  type Network,
  type ParameterRole,
} from '@dilated-unet/core';
import { sum } from './arithmetic.ts';
import { INT32, type GraphBuilder, type Output } from './builder.ts';
import { writeInferenceLayer, writeTrainingLayer, type RuledLayer } from './layers/index.ts';
import type { TensorShape, TrainedLayer } from './layers/rule.ts';

/** Value of a parameter by its name, for example `encoder1/conv1/kernel`. */
export type ParameterSource = (name: string) => Output;

/**
 * Writes `network` as a trained model applies it.
 *
 * @param image float32, axes n, y, x, channel; y and x free multiples of the network's stride.
 * @returns the last layer's output.
 */
export function writeInference(
  graph: GraphBuilder,
  network: Network,
  image: Output,
  parameter: ParameterSource,
): Output {
  const channels = layerChannelCounts(network);
  const values = new Map([[inputLayer(network).name, image]]);
  for (const layer of network.layers) {
    if (layer.kind === 'input') continue;
    const value = writeInferenceLayer(layer, lookUp(values, layer), {
      graph,
      inputChannels: lookUp(channels, layer),
      parameter: (role) => parameter(`${layer.name}/${role}`),
    });
    values.set(layer.name, value);
  }
  return values.get(outputLayer(network).name) as Output;
}

export interface TrainingOptions {
  /** float32, axes n, y, x, channel. */
  readonly image: Output;
  readonly batchSize: number;
  /** Of the windows of the whole batch, how many come before those of `image`: see TrainingContext. @default 0 */
  readonly firstWindow?: number;
  readonly height: number;
  readonly width: number;
  readonly parameter: ParameterSource;
  /** int32 [2] that keys the random draws of the step; what layer k draws is keyed by `key + [k, 0]`. */
  readonly randomKey: Output;
  /** Makes it a calibration pass: see TrainingContext. */
  readonly calibrationShare?: Output;
}

/** A network written into a training graph: its forward pass, and how to write the backward pass. */
export interface TrainedNetwork {
  readonly output: Output;
  /** New values, by parameter name, that the forward pass itself determines. */
  readonly updates: ReadonlyMap<string, Output>;
  /** Writes the gradients of the loss by the trainable parameters, by name, given that by `output`. */
  gradients(dOutput: Output): ReadonlyMap<string, Output>;
}

/** Writes the forward pass of one training step over windows of a fixed size. */
export function writeTraining(graph: GraphBuilder, network: Network, options: TrainingOptions): TrainedNetwork {
  const { image, batchSize, firstWindow = 0, height, width, parameter, randomKey, calibrationShare } = options;
  const shapes = networkShapes(network, { height, width });
  const tensorShape = (name: string): TensorShape => {
    const shape = shapes.get(name) as { height: number; width: number; channels: number };
    return [batchSize, shape.height, shape.width, shape.channels];
  };
  const imageName = inputLayer(network).name;
  // Rewrites are for the step that runs a thousand times: a calibration pass has no notes, and stays as it is.
  const note = (tensor: Output, name: string): Output =>
    calibrationShare === undefined ? graph.note(tensor, tensorShape(name)) : tensor;
  const trained = new Map<string, TrainedLayer>();
  const values = new Map<string, Output>([[imageName, note(image, imageName)]]);
  const updates = new Map<string, Output>();
  const layers = network.layers.filter((layer): layer is RuledLayer => layer.kind !== 'input');
  layers.forEach((layer, k) => {
    const inputShapes = layerInputs(layer).map(tensorShape);
    const written = writeTrainingLayer(layer, lookUp(values, layer), {
      graph,
      inputShapes,
      inputChannels: inputShapes.map((shape) => shape[3]),
      firstWindow,
      needsInputGradient: !layerInputs(layer).includes(imageName),
      parameter: (role) => parameter(`${layer.name}/${role}`),
      calibrationShare,
      randomKey: () => graph.add('AddV2', `${layer.name}/key`, [randomKey, graph.ints([k, 0])], { T: INT32 }),
    });
    trained.set(layer.name, written);
    values.set(layer.name, note(written.output, layer.name));
    for (const [role, value] of written.updates ?? []) updates.set(`${layer.name}/${role}`, value);
  });

  return {
    output: values.get(outputLayer(network).name) as Output,
    updates,
    gradients(dOutput) {
      const received = new Map<string, Output[]>([[outputLayer(network).name, [dOutput]]]);
      const gradients = new Map<string, Output>();
      for (const layer of [...layers].reverse()) {
        const terms = received.get(layer.name);
        // A layer whose output nobody reads has no part in the loss.
        if (terms === undefined) continue;
        const dy = note(sum(graph, `${layer.name}/output_gradient`, terms), layer.name);
        const { inputs, parameters } = (trained.get(layer.name) as TrainedLayer).gradients(dy);
        for (const [role, gradient] of parameters) gradients.set(parameterName(layer, role), gradient);
        layerInputs(layer).forEach((input, i) => {
          const gradient = inputs[i];
          if (gradient === undefined) return;
          received.set(input, [...(received.get(input) ?? []), gradient]);
        });
      }
      return gradients;
    },
  };
}

function parameterName(layer: Layer, role: ParameterRole): string {
  return `${layer.name}/${role}`;
}

function layerChannelCounts(network: Network): ReadonlyMap<string, number> {
  const side = networkStride(network);
  const shapes = networkShapes(network, { height: side, width: side });
  return new Map([...shapes].map(([name, shape]) => [name, shape.channels]));
}

function lookUp<T>(values: ReadonlyMap<string, T>, layer: Layer): T[] {
  return layerInputs(layer).map((name) => values.get(name) as T);
}
