import {
  cheapestTiling,
  EnvironmentError,
  fitImage,
  type GreyImage,
  type ModelCard,
  type Precision,
  type Predict,
  requireImage,
  type RunStage,
  type SegmentedTile,
  segmentInStages,
  type SegmentOptions,
  segmentTiles,
  stitchParts,
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
      return await stitchParts(image, runTiles(this.#worker, this.card, image, options));
    } finally {
      leave();
    }
  }

  async *tiles(image: GreyImage, options: SegmentOptions = {}): AsyncGenerator<SegmentedTile, void, undefined> {
    const leave = await this.#queue.enter();
    try {
      yield* runTiles(this.#worker, this.card, image, options);
    } finally {
      leave();
    }
  }

  async dispose(): Promise<void> {
    await this.#worker.close(new EnvironmentError('The segmenter was disposed. Create another one.'));
  }
}

/** The tiles of `image`: of the whole model, or stage by stage where that is less work. */
function runTiles(
  worker: ModelWorker,
  card: ModelCard,
  image: GreyImage,
  { tile: side, normalise, greyRange, invert, ...options }: SegmentOptions,
): AsyncGenerator<SegmentedTile, void, undefined> {
  requireImage(image);
  const tile = side ?? defaultTile(image, card);
  const normalisation = fitImage(image, card, { normalise, greyRange, invert });
  const { stages } = card;
  if (stages !== undefined && cheapestTiling(image, tile, card).inStages) {
    const runStage: RunStage = (stage, inputs) => worker.runStage(stage, inputs);
    return segmentInStages(image, { ...options, tile, runStage, model: { ...card, stages, normalisation } });
  }
  const predict: Predict = (data, size) => worker.predict(data, size);
  return segmentTiles(image, { ...options, tile, predict, model: { ...card, normalisation } });
}
