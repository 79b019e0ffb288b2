import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { networkStride, type Network } from '@dilated-unet/core';
import type { TrainConfig } from '../config/schema.ts';
import type { Batch } from '../data/sampler.ts';
import { writeSavedModel } from '../graph/encoding/saved-model.ts';
import { rewritesFor } from '../graph/rewrites/index.ts';
import { writeTrainingGraph, type StateTensor, type TrainingGraphOptions } from '../graph/training-graph.ts';
import { deviceReport } from '../tensorflow/device.ts';
import { GraphSession, intScalar, scalar } from '../tensorflow/session.ts';
import { graphTarget } from '../tensorflow/target.ts';
import { networkOf } from './network.ts';
import { zeros, type Tensors } from './weights.ts';

/** What one training step reports, of the weights before it. */
export interface StepReport {
  readonly loss: number;
  /** Soft Dice of the interior class over the batch. */
  readonly softDice: number;
}

/** A network that is used as it is. */
export type Predictor = Pick<TrainableModel, 'network' | 'predict'>;

type Call = 'train' | 'predict' | 'read' | 'assign' | 'calibrate';

/** A network under training: a TensorFlow session that holds its weights and optimizer slots. */
export class TrainableModel {
  readonly network: Network;
  readonly #batchShape: readonly number[];
  readonly #state: readonly StateTensor[];
  readonly #session: GraphSession<Call>;

  private constructor(
    network: Network,
    batchShape: readonly number[],
    state: readonly StateTensor[],
    session: GraphSession<Call>,
  ) {
    this.network = network;
    this.#batchShape = batchShape;
    this.#state = state;
    this.#session = session;
  }

  /**
   * Writes the training graph of `config` into `directory` and loads it. All its state is zero until `assign`.
   *
   * @param directory where the graph's `saved_model.pb` is kept.
   * @param graphOptions the devices that share a batch (`gpuDevices`), whether labels are partial, and the side of the windows
   *   that `calibrate` takes, pixels; without it there is no `calibrate`.
   */
  static async build(
    config: TrainConfig,
    directory: string,
    graphOptions: Pick<TrainingGraphOptions, 'isPartial' | 'calibrationWindow'> &
      Required<Pick<TrainingGraphOptions, 'devices'>>,
  ): Promise<TrainableModel> {
    const network = networkOf(config);
    const { batchSize, window, seed } = config;
    const rewrites = rewritesFor(graphTarget(deviceReport(), config.precision));
    const graph = writeTrainingGraph(network, { batchSize, window, seed, rewrites, ...graphOptions });
    const path = join(directory, 'training-graph');
    await writeSavedModel(path, graph.nodes, graph.signatures, graph.initialise);
    const session = GraphSession.open<Call>(path, graph.signatures);
    return new TrainableModel(network, [batchSize, window, window, 1], graph.state, session);
  }

  /** One step of gradient descent. @param step counts from 0 over the whole run: it keys dropout. @param rate learning rate. */
  trainStep(batch: Batch, step: number, rate: number): StepReport {
    const shape = this.#batchShape;
    const { loss, dice } = this.#session.run('train', {
      images: { shape, data: batch.images },
      labels: { shape, data: batch.labels },
      rate: scalar(rate),
      step: intScalar(step),
    });
    return { loss: (loss as Float32Array)[0] as number, softDice: (dice as Float32Array)[0] as number };
  }

  /**
   * Probability of interior for one image as the trained model gives it.
   *
   * @param image z-scores, axes y, x; sides multiples of 8.
   */
  predict(image: Float32Array, { height, width }: { readonly height: number; readonly width: number }): Float32Array {
    const stride = networkStride(this.network);
    if (height % stride !== 0 || width % stride !== 0) {
      throw new RangeError(`Sides must be multiples of ${stride}; received ${height} x ${width}.`);
    }
    const fetched = this.#session.run('predict', { images: { shape: [1, height, width, 1], data: image } });
    return fetched['probability'] as Float32Array;
  }

  /**
   * Measures the statistics of the batch norms on `windows` with the weights as they are: they become the mean over the
   * windows.
   *
   * @param windows z-scores, axes y, x, sides as given to `build`. @param onWindow called with how many are measured.
   */
  async calibrate(windows: Iterable<Float32Array>, onWindow?: (done: number) => void): Promise<void> {
    let seen = 0;
    for (const data of windows) {
      const side = Math.sqrt(data.length);
      this.#session.run('calibrate', { images: { shape: [1, side, side, 1], data }, share: scalar(1 / ++seen) });
      onWindow?.(seen);
      // A window blocks the event loop; this lets the events out.
      await setImmediate();
    }
  }

  /** The weights, moving statistics and optimizer slots. */
  read(): Tensors {
    const fetched = this.#session.run('read', { ignored: scalar(0) });
    return new Map(this.#state.map(({ name, shape }) => [name, { shape, data: fetched[name] as Float32Array }]));
  }

  /** Sets the state; what `tensors` lacks (the optimizer slots of fresh weights) becomes zero. */
  assign(tensors: Tensors): void {
    this.#session.run(
      'assign',
      Object.fromEntries(this.#state.map(({ name, shape }) => [name, tensors.get(name) ?? zeros(shape)])),
    );
  }

  /** Frees the session. */
  close(): void {
    this.#session.close();
  }
}
