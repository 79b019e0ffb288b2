import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Network } from '@dilated-unet/core';
import { writeSavedModel } from '../../src/graph/encoding/saved-model.ts';
import type { Rewrite } from '../../src/graph/rewrites/index.ts';
import { writeTrainingGraph } from '../../src/graph/training-graph.ts';
import { GraphSession, intScalar, scalar, type TensorData } from '../../src/tensorflow/session.ts';
import { initialWeights, type Tensors } from '../../src/model/weights.ts';

/** A training graph with its session; each step also fetches the gradients, as `gradient/<parameter>`. */
export interface OpenTraining {
  assign(weights: Tensors): void;
  step(
    batch: { readonly images: TensorData; readonly labels: TensorData },
    index: number,
    rate: number,
  ): Record<string, Float32Array>;
  predict(images: TensorData): Float32Array;
  read(): Record<string, Float32Array>;
  close(): void;
}

export interface OpenTrainingOptions {
  readonly window: number;
  readonly batchSize: number;
  readonly rewrites?: readonly Rewrite[];
  /** Whether labels below 0 do not count. @default false */
  readonly isPartial?: boolean;
  /** That share each batch. @default none: one, which TensorFlow chooses */
  readonly devices?: readonly string[];
  /** @default seeded initial weights */
  readonly weights?: Tensors;
}

/** Writes the training graph of `network`, loads it and sets its weights. */
export async function openTraining(network: Network, options: OpenTrainingOptions): Promise<OpenTraining> {
  const {
    window,
    batchSize,
    rewrites = [],
    isPartial = false,
    devices = [],
    weights = initialWeights(network, 1),
  } = options;
  const graph = writeTrainingGraph(network, {
    batchSize,
    window,
    seed: 1,
    fetchGradients: true,
    rewrites,
    isPartial,
    devices,
  });
  const directory = await mkdtemp(join(tmpdir(), 'dilated-unet-training-'));
  try {
    await writeSavedModel(directory, graph.nodes, graph.signatures, graph.initialise);
    const session = GraphSession.open(directory, graph.signatures);
    const zeros = (shape: readonly number[]) => new Float32Array(shape.reduce((product, side) => product * side, 1));
    const open: OpenTraining = {
      assign: (given) => {
        const state = graph.state.map(
          ({ name, shape }) => [name, given.get(name) ?? { shape, data: zeros(shape) }] as const,
        );
        session.run('assign', Object.fromEntries(state));
      },
      step: ({ images, labels }, index, rate) =>
        session.run('train', { images, labels, rate: scalar(rate), step: intScalar(index) }),
      predict: (images) => session.run('predict', { images })['probability'] as Float32Array,
      read: () => session.run('read', { ignored: scalar(0) }),
      close: () => session.close(),
    };
    open.assign(weights);
    return open;
  } finally {
    await rm(directory, { recursive: true });
  }
}
