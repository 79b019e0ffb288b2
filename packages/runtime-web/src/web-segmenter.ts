import {
  checkSegmentOptions,
  DilatedUnetError,
  EnvironmentError,
  fitSection,
  readableStack,
  stitchParts,
  windowOf,
  type GreyImage,
  type ModelCard,
  type Planes,
  type Precision,
  type Segmentable,
  type SegmentedTile,
  type Segmenter,
  type SegmentOptions,
} from '@dilated-unet/core';
import type { TestResult } from '@dilated-unet/model-package';
import type { WorkerClient } from './rpc/client.ts';
import type { AdapterDescription, DeviceState, LoadReply, ModelFacts, WebDevice } from './rpc/protocol.ts';
import { MemoryShortage } from './memory-shortage.ts';
import { runTiles, type Compute, type TilesRun } from './run-tiles.ts';
import { explainTileError, leastTile, roundUp, tileFor } from './tile-size.ts';

/** A segmenter in the browser: core's `Segmenter`, and what the page may want to tell about the device. */
export interface WebSegmenter extends Segmenter {
  /** What the model says of itself: its name, hash and card, and the forms that it has. */
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
  /**
   * Why the model runs on WASM although `auto` was asked for, and in smaller tiles since memory ran out, in words; else null.
   */
  readonly fallbackReason: string | null;
  /** The GPU; null on WASM. */
  readonly adapter: AdapterDescription | null;
  /**
   * Largest side of a tile on this device, pixels: larger ones are cut down to it. On WebGPU it follows from the
   * largest storage buffer that the adapter grants, on WASM from its 4 GiB of memory. It is halved when memory runs out; where
   * that is in the middle of a run, as after the loss of a GPU, the run fails and the next one has the smaller tiles.
   */
  readonly maxTile: number;
  /** Whether its worker is gone, by a crash or by `dispose`: then create another one. After other errors it segments on. */
  readonly isGone: boolean;
}

/** The page's end of a worker in which a model has been loaded. */
export class WorkerSegmenter implements WebSegmenter {
  readonly model: ModelFacts;
  readonly #client: WorkerClient;
  #state: DeviceState;
  /** What memory ran out on, and the tiles since. */
  #shortage: string | null = null;
  #mostTile = Infinity;

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
    const reasons = [this.#state.fallbackReason, this.#shortage].filter((reason) => reason !== null);
    return reasons.length === 0 ? null : reasons.join(' ');
  }

  get adapter(): AdapterDescription | null {
    return this.#state.adapter;
  }

  get maxTile(): number {
    return Math.min(this.#state.maxTile, this.#mostTile);
  }

  get isGone(): boolean {
    return this.#client.isStopped;
  }

  async *segment(source: Segmentable, options: SegmentOptions = {}): AsyncGenerator<SegmentedTile, void, undefined> {
    checkSegmentOptions(options);
    for (;;) {
      const run = await this.#run(source, options);
      let given = 0;
      try {
        for await (const tile of runTiles(source, run)) {
          given++;
          yield tile;
        }
        return;
      } catch (error) {
        if (!(error instanceof MemoryShortage)) throw explainTileError(error, run.tile, this);
        this.#halve(run, error);
        // Tiles of one size take one amount of memory, so it runs out on the first, unless the GPU was lost since, or others took it.
        if (given > 0) throw new EnvironmentError(`${this.#shortage} Some were done: run it again.`, { cause: error });
      }
    }
  }

  /** @throws EnvironmentError where the tiles that ran are the smallest in which the model takes such an image. */
  #halve({ tile, size }: TilesRun, cause: MemoryShortage): void {
    const { card } = this;
    const ran = Math.min(tile, roundUp(Math.max(size.width, size.height), card.stride));
    const most = Math.max(leastTile(card), Math.floor(ran / 2 / card.stride) * card.stride);
    const shortage = `Memory ran out on tiles of ${ran} pixels`;
    if (most >= ran) {
      const advice = 'close other pages, or choose a smaller model';
      throw new EnvironmentError(`${shortage}, the smallest in which the model takes this image: ${advice}.`, {
        cause,
      });
    }
    this.#mostTile = most;
    this.#shortage = `${shortage}; they have at most ${most} now.`;
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
  ): Promise<TilesRun> {
    const { z = 0, region, signal } = options;
    const { card } = this;
    const stack = readableStack(source);
    const [, height, width] = stack.shape;
    const size = region === undefined ? { width, height } : windowOf(region, { width, height }, card);
    const normalisation = await fitSection(stack, z, card, { normalise, greyRange, invert, signal });
    return {
      ...options,
      compute: this.#compute,
      card,
      normalisation,
      size,
      tile: tileFor(tile, size, { card, device: this }),
    };
  }

  readonly #compute: Compute = async (stage, inputs): Promise<readonly Planes[] | null> => {
    const transfer = inputs.map(({ data }) => data.buffer as ArrayBuffer);
    const { outputs, shortage, state } = await this.#client.call('compute', { stage, inputs }, { transfer });
    this.#state = state;
    if (shortage !== null) throw new MemoryShortage(shortage);
    return outputs;
  };
}
