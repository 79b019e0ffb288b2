import {
  EnvironmentError,
  fitImage,
  type GreyImage,
  type ModelCard,
  type Precision,
  requireImage,
  segmentImage,
  segmentTiles,
  type SegmentedTile,
  type SegmentOptions,
  type SegmentRun,
} from '@dilated-unet/core';
import type { TestResult } from '@dilated-unet/model-package';
import { defaultTile } from './default-tile.ts';
import type { Device } from './devices/index.ts';
import { Queue } from './queue.ts';
import type { NodeSegmenter } from './segmenter.ts';
import type { ModelWorker } from './worker/model-worker.ts';

export type WorkerSegmenterFacts = Pick<
  NodeSegmenter,
  'card' | 'precision' | 'verified' | 'fallbackReason' | 'threads'
>;

/** The caller's end of a thread in which a model has been loaded. */
export class WorkerSegmenter implements NodeSegmenter {
  readonly card: ModelCard;
  readonly device: Device;
  readonly precision: Precision;
  readonly verified: TestResult | null;
  readonly fallbackReason: string | null;
  readonly threads: number;
  readonly #worker: ModelWorker;
  readonly #queue = new Queue();

  constructor(worker: ModelWorker, { card, precision, verified, fallbackReason, threads }: WorkerSegmenterFacts) {
    this.card = card;
    this.device = worker.device;
    this.precision = precision;
    this.verified = verified;
    this.fallbackReason = fallbackReason;
    this.threads = threads;
    this.#worker = worker;
  }

  async segment(image: GreyImage, options: SegmentOptions = {}): Promise<GreyImage<Float32Array>> {
    const leave = await this.#queue.enter();
    try {
      return await segmentImage(image, segmentRun(this.#worker, this.card, image, options));
    } finally {
      leave();
    }
  }

  async *tiles(image: GreyImage, options: SegmentOptions = {}): AsyncGenerator<SegmentedTile, void, undefined> {
    const leave = await this.#queue.enter();
    try {
      yield* segmentTiles(image, segmentRun(this.#worker, this.card, image, options));
    } finally {
      leave();
    }
  }

  async dispose(): Promise<void> {
    await this.#worker.close(new EnvironmentError('The segmenter was disposed. Create another one.'));
  }
}

/** How `worker` segments `image`. */
function segmentRun(
  worker: ModelWorker,
  card: ModelCard,
  image: GreyImage,
  { tile, normalise, greyRange, invert, ...options }: SegmentOptions,
): SegmentRun {
  requireImage(image);
  const normalisation = fitImage(image, card, { normalise, greyRange, invert });
  return {
    ...options,
    model: { ...card, normalisation },
    tile: tile ?? defaultTile(image, card),
    predict: (data, size) => worker.predict(data, size),
  };
}
