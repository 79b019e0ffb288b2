import {
  DilatedUnetError,
  fitSection,
  readableStack,
  segmentTiles,
  stitchParts,
  type GreyImage,
  type ModelCard,
  type Precision,
  type Predict,
  type Segmentable,
  type SegmentedTile,
  type Segmenter,
  type SegmentOptions,
  type SegmentRun,
} from '@dilated-unet/core';
import type { TestResult } from '@dilated-unet/model-package';
import type { WorkerClient } from './rpc/client.ts';
import type { AdapterDescription, DeviceState, LoadReply, ModelFacts, WebDevice } from './rpc/protocol.ts';
import { explainTileError, tileFor } from './tile-size.ts';

/** A segmenter in the browser: core's `Segmenter`, and what the page may want to tell about the device. */
export interface WebSegmenter extends Segmenter {
  /** What the model says of itself: its name, hash and card, and the precisions that it has. */
  readonly model: ModelFacts;
  /** The form that runs. */
  readonly precision: Precision;
  /** What the device gave for the test of the package, which it passed; null of a single ONNX file, which has none. */
  readonly verified: TestResult | null;
  /**
   * What the model runs on. It changes from `webgpu` to `wasm` when `auto` was asked for and the GPU is lost for
   * good.
   */
  readonly device: WebDevice;
  /** Why the model runs on WASM although `auto` was asked for, in words; else null. */
  readonly fallbackReason: string | null;
  /** The GPU; null on WASM. */
  readonly adapter: AdapterDescription | null;
  /**
   * Largest side of a tile on this device, pixels: larger ones are cut down to it. On WebGPU it follows from the
   * largest storage buffer that the adapter grants, on WASM from its 4 GiB of memory.
   */
  readonly maxTile: number;
}

/** The page's end of a worker in which a model has been loaded. */
export class WorkerSegmenter implements WebSegmenter {
  readonly model: ModelFacts;
  readonly #client: WorkerClient;
  #state: DeviceState;

  constructor(client: WorkerClient, { facts, state }: LoadReply) {
    this.model = facts;
    this.#client = client;
    this.#state = state;
  }

  get card(): ModelCard {
    return this.model.card;
  }

  get precision(): Precision {
    return this.#state.precision;
  }

  get verified(): TestResult | null {
    return this.#state.verified;
  }

  get device(): WebDevice {
    return this.#state.device;
  }

  get fallbackReason(): string | null {
    return this.#state.fallbackReason;
  }

  get adapter(): AdapterDescription | null {
    return this.#state.adapter;
  }

  get maxTile(): number {
    return this.#state.maxTile;
  }

  async *segment(source: Segmentable, options: SegmentOptions = {}): AsyncGenerator<SegmentedTile, void, undefined> {
    const run = await this.#run(source, options);
    try {
      yield* segmentTiles(source, run);
    } catch (error) {
      throw explainTileError(error, run.tile, this.#state);
    }
  }

  segmentWhole(source: Segmentable, options: SegmentOptions = {}): Promise<GreyImage<Float32Array>> {
    return stitchParts(source, options.region, this.segment(source, options));
  }

  // Not async: the worker is gone when the call returns.
  dispose(): Promise<void> {
    this.#client.stop(new DilatedUnetError('The segmenter was disposed; create another one to go on.'));
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async #run(
    source: Segmentable,
    { tile, normalise, greyRange, invert, ...options }: SegmentOptions,
  ): Promise<SegmentRun> {
    const { z = 0, signal } = options;
    const normalisation = await fitSection(readableStack(source), z, this.card, {
      ...{ normalise, greyRange, invert },
      signal,
    });
    return {
      ...options,
      predict: this.#predict,
      model: { ...this.card, normalisation },
      tile: tileFor(tile, this.card, this.#state),
    };
  }

  readonly #predict: Predict = async (tile, { width, height }) => {
    const { probabilities, state } = await this.#client.call('predict', { tile, width, height }, [tile.buffer]);
    this.#state = state;
    return probabilities;
  };
}
