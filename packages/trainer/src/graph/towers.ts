import { outputLayer, type Network } from '@dilated-unet/core';
import { mean, sum } from './arithmetic.ts';
import { attribute, FLOAT, output, type GraphBuilder, type Output, type Scope } from './builder.ts';
import { LOSS, writeLoss, type LossOptions } from './loss.ts';
import { writeTraining, type ParameterSource } from './network.ts';

/** Where a fed batch is: its parts are views of it there. */
const HOST = '/device:CPU:0';

/** A batch, and what a training step makes of it. */
export interface BatchOptions extends LossOptions {
  /** float32, n, y, x, 1. */
  readonly images: Output;
  readonly labels: Output;
  readonly shape: readonly [windows: number, height: number, width: number, channels: 1];
  readonly parameter: ParameterSource;
  /** int32 [2], see writeTraining. */
  readonly randomKey: Output;
  /** TensorFlow's names of the devices that share the batch, part by part. @default none: it is computed in one piece */
  readonly devices?: readonly string[];
}

/** What a batch says about the weights. */
export interface BatchResult {
  /** Scalars, of the whole batch: see writeLoss. */
  readonly loss: Output;
  readonly dice: Output;
  /** Of the loss by the trainable parameters, by name. */
  readonly gradients: ReadonlyMap<string, Output>;
  /** New values of parameters that the forward pass itself determines, by name. */
  readonly updates: ReadonlyMap<string, Output>;
}

/**
 * Writes forward and backward pass of a batch, which several devices may share: each has a tower, which computes both passes on
 * equal parts of the batch with the same weights. The loss is that of the whole batch (its sums go over all towers before the first
 * backward pass begins), so the gradients of the towers add up to the gradient by the batch: from the first to the last, in one
 * order. Dropout draws what it would draw for the batch in one piece.
 *
 * A batch norm has the statistics of its tower's windows, as Keras' replicas have, and the moving statistics move towards the mean
 * over the towers, as those of tf.keras do under MirroredStrategy (variables that are synchronised on reading, aggregation MEAN).
 */
export function writeBatch(graph: GraphBuilder, network: Network, options: BatchOptions): BatchResult {
  const { shape, parameter, randomKey, isPartial = false } = options;
  const [windows, height, width] = shape;
  const towers = split(graph, options).map(({ scope, images, labels }, k, { length }) => {
    const batchSize = windows / length;
    const forward = graph.within(scope, () =>
      writeTraining(graph, network, {
        image: images,
        batchSize,
        firstWindow: k * batchSize,
        height,
        width,
        parameter,
        randomKey,
      }),
    );
    return { scope, labels, batchSize, forward };
  });
  const parts = towers.map(({ scope, labels, forward }) => ({ scope, labels, logOdds: forward.output }));
  const loss = writeLoss(graph, LOSS, parts, { isPartial });
  const lossGradients = loss.gradients();
  const gradients = towers.map(({ scope, batchSize, forward }, k) =>
    graph.within(scope, () => {
      const noted = [batchSize, height, width, 1];
      return forward.gradients(
        graph.note(lossGradients[k] as Output, noted, { kind: 'loss-gradient', layer: outputLayer(network).name }),
      );
    }),
  );
  const updates = towers.map(({ forward }) => forward.updates);
  return {
    loss: loss.loss,
    dice: loss.dice,
    gradients: joined(gradients, (name, terms) => sum(graph, `${name}/gradient`, terms)),
    updates: joined(updates, (name, terms) => mean(graph, `${name}/update`, terms)),
  };
}

/** A part of a batch, and where it is computed. */
interface Part {
  readonly scope: Scope;
  readonly images: Output;
  readonly labels: Output;
}

function split(graph: GraphBuilder, { images, labels, shape, devices = [] }: BatchOptions): readonly Part[] {
  if (devices.length === 0) return [{ scope: {}, images, labels }];
  if (shape[0] % devices.length !== 0) {
    throw new RangeError(`A batch of ${shape[0]} windows has no ${devices.length} equal parts.`);
  }
  const partsOf = (name: string, tensor: Output): readonly Output[] => {
    const first = graph.within({ device: HOST }, () =>
      graph.add('Split', name, [graph.ints(0), tensor], { T: FLOAT, num_split: attribute.int(devices.length) }),
    );
    return devices.map((_, k) => output(first, k));
  };
  const parts = { images: partsOf('train/images_by_tower', images), labels: partsOf('train/labels_by_tower', labels) };
  return devices.map((device, k) => ({
    scope: { device, prefix: `tower${k + 1}/` },
    images: parts.images[k] as Output,
    labels: parts.labels[k] as Output,
  }));
}

/** Of maps with the same keys one, whose values are those of all of them joined. */
function joined(
  maps: readonly ReadonlyMap<string, Output>[],
  join: (name: string, values: readonly Output[]) => Output,
): ReadonlyMap<string, Output> {
  const [first] = maps as readonly [ReadonlyMap<string, Output>];
  return new Map(
    [...first.keys()].map((name) => [
      name,
      join(
        name,
        maps.map((map) => map.get(name) as Output),
      ),
    ]),
  );
}
