import { availableParallelism } from 'node:os';
import {
  EnvironmentError,
  fitImage,
  type GreyImage,
  InvalidModelError,
  InvalidOptionError,
  type ModelCard,
  readModelCard,
  requireImage,
  segmentImage,
  segmentTiles,
  type SegmentedTile,
  type Segmenter,
  type SegmentOptions,
  type SegmentRun,
} from '@dilated-unet/core';
import { defaultTile } from './default-tile.ts';
import { type Device, type DeviceOption, devicesToTry } from './devices/index.ts';
import { readBytes } from '@dilated-unet/host';
import { Queue } from './queue.ts';
import { ModelWorker } from './worker/model-worker.ts';

export interface SegmenterOptions {
  /** The ONNX file with its model card: a path, or the bytes (which are copied). */
  readonly model: string | Uint8Array;
  /**
   * `auto` takes the fastest that is installed and works; the segmenter's `device` tells which.
   * @default 'auto'
   */
  readonly device?: DeviceOption;
  /** Threads of one operation on the CPU, 1 or more. @default the cores that the process may use */
  readonly threads?: number;
}

/** A model that runs in a worker thread. */
export interface NodeSegmenter extends Segmenter {
  readonly device: Device;
  /** Threads of one operation on the CPU. */
  readonly threads: number;
}

/**
 * Loads a model in a worker thread.
 *
 * Calls of the segmenter are served one after another, tiles of one call two at a time (one runs, one waits). A call
 * made while a `tiles` loop is open begins when the loop has ended, so do not wait for it inside the loop.
 *
 * Where `tile` is not given, `defaultTile` chooses it. An image whose sides are no multiples of the model's stride is
 * extended at its right and bottom by reflection and the result cropped, as core's `padImage` says.
 *
 * A segmenter that has nothing to do does not keep the process alive.
 *
 * @throws InvalidOptionError when an option is outside its range, InvalidModelError when the file is missing, is not an
 * ONNX model, has no model card or is refused by ONNX Runtime, EnvironmentError when `cuda` is asked for and cannot be
 * used or ONNX Runtime is not installed.
 */
export async function createSegmenter(options: SegmenterOptions): Promise<NodeSegmenter> {
  const { model, device = 'auto', threads = availableParallelism() } = options;
  if (typeof model !== 'string' && !(model instanceof Uint8Array)) {
    throw new InvalidOptionError('model', 'must be a path or the bytes of an ONNX file', model);
  }
  if (!Number.isInteger(threads) || threads < 1) {
    throw new InvalidOptionError('threads', 'must be an integer of at least 1', threads);
  }
  const devices = devicesToTry(device);
  const { bytes, card } = await readModel(model);
  const worker = await ModelWorker.start({ model: bytes, card, devices, threads });
  return new WorkerSegmenter(card, worker, threads);
}

/** The bytes of a model and the card in them. @throws InvalidModelError */
async function readModel(
  model: string | Uint8Array,
): Promise<{ readonly bytes: Uint8Array; readonly card: ModelCard }> {
  if (typeof model !== 'string') return { bytes: model, card: readModelCard(model) };
  const bytes = await readBytes(model, (message, cause) => new InvalidModelError(`Model ${message}`, { cause }));
  try {
    return { bytes, card: readModelCard(bytes) };
  } catch (cause) {
    if (!(cause instanceof InvalidModelError)) throw cause;
    throw new InvalidModelError(`Model ${model}: ${cause.message}`, { cause });
  }
}

class WorkerSegmenter implements NodeSegmenter {
  readonly card: ModelCard;
  readonly device: Device;
  readonly threads: number;
  readonly #worker: ModelWorker;
  readonly #queue = new Queue();

  constructor(card: ModelCard, worker: ModelWorker, threads: number) {
    this.card = card;
    this.device = worker.device;
    this.threads = threads;
    this.#worker = worker;
  }

  async segment(image: GreyImage, options: SegmentOptions = {}): Promise<GreyImage<Float32Array>> {
    const leave = await this.#queue.enter();
    try {
      return await segmentImage(image, this.#run(image, options));
    } finally {
      leave();
    }
  }

  async *tiles(image: GreyImage, options: SegmentOptions = {}): AsyncGenerator<SegmentedTile, void, undefined> {
    const leave = await this.#queue.enter();
    try {
      yield* segmentTiles(image, this.#run(image, options));
    } finally {
      leave();
    }
  }

  async dispose(): Promise<void> {
    await this.#worker.close(new EnvironmentError('The segmenter was disposed. Create another one.'));
  }

  #run(image: GreyImage, { tile, normalise, greyRange, invert, ...options }: SegmentOptions): SegmentRun {
    requireImage(image);
    const normalisation = fitImage(image, this.card, { normalise, greyRange, invert });
    return {
      ...options,
      model: { ...this.card, normalisation },
      tile: tile ?? defaultTile(image, this.card),
      predict: (data, size) => this.#worker.predict(data, size),
    };
  }
}
