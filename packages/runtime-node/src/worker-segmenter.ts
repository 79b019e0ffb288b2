import {
  cheapestTiling,
  checkSegmentOptions,
  EnvironmentError,
  fitSection,
  type GreyImage,
  type ModelCard,
  type Precision,
  type Predict,
  type Segmentable,
  readableStack,
  type RunStage,
  type SegmentedTile,
  segmentInStages,
  type SegmentOptions,
  segmentTiles,
  stitchParts,
  windowOf,
} from '@dilated-unet/core';
import type { TestResult } from '@dilated-unet/model-package';
import type { Device } from './devices/index.ts';
import { bytesHeldBy } from './held-rows.ts';
import { chooseTile } from './memory.ts';
import { Queue } from './queue.ts';
import type { NodeSegmenter } from './segmenter.ts';
import type { ModelWorker } from './worker/model-worker.ts';

export type WorkerSegmenterFacts = Pick<
  NodeSegmenter,
  'card' | 'precision' | 'verified' | 'fallbackReason' | 'threads' | 'memory'
>;

/** The caller's end of a thread in which a model has been loaded. */
export class WorkerSegmenter implements NodeSegmenter {
  readonly card: ModelCard;
  readonly device: Device;
  readonly precision: Precision;
  readonly verified: TestResult | null;
  readonly fallbackReason: string | null;
  readonly threads: number;
  readonly memory: number | undefined;
  readonly #worker: ModelWorker;
  readonly #queue = new Queue();

  constructor(worker: ModelWorker, facts: WorkerSegmenterFacts) {
    this.card = facts.card;
    this.device = worker.device;
    this.precision = facts.precision;
    this.verified = facts.verified;
    this.fallbackReason = facts.fallbackReason;
    this.threads = facts.threads;
    this.memory = facts.memory;
    this.#worker = worker;
  }

  async *segment(source: Segmentable, options: SegmentOptions = {}): AsyncGenerator<SegmentedTile, void, undefined> {
    checkSegmentOptions(options);
    const turn = await this.#queue.enter();
    try {
      yield* await runTiles(this.#worker, this, source, { ...options, onLast: () => turn.pass() });
    } finally {
      turn.leave();
    }
  }

  segmentWhole(source: Segmentable, options: SegmentOptions = {}): Promise<GreyImage<Float32Array>> {
    return stitchParts(source, options.region, this.segment(source, options));
  }

  async dispose(): Promise<void> {
    await this.#worker.close(new EnvironmentError('The segmenter was disposed. Create another one.'));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

/** The tiles of a section: of the whole model, or stage by stage where that is less work. */
async function runTiles(
  worker: ModelWorker,
  { card, device, verified, memory }: NodeSegmenter,
  source: Segmentable,
  { tile: side, normalise, greyRange, invert, onLast, ...options }: SegmentOptions & { readonly onLast: () => void },
): Promise<AsyncGenerator<SegmentedTile, void, undefined>> {
  const { z = 0, region, signal } = options;
  const stack = readableStack(source);
  const [, height, width] = stack.shape;
  const size = region === undefined ? { width, height } : windowOf(region, { width, height }, card);
  const facts = { ...size, card, device, isPackage: verified !== null, besideBytes: bytesHeldBy(source) };
  const tile = side ?? chooseTile(facts, memory);
  const normalisation = await fitSection(stack, z, card, { normalise, greyRange, invert, signal });
  const { stages } = cheapestTiling(size, tile, card);
  if (stages !== null) {
    const runStage: RunStage = (stage, inputs) => worker.runStage(stage, inputs);
    return segmentInStages(source, { ...options, tile, runStage, model: { ...card, stages, normalisation } });
  }
  const predict: Predict = (data, size) => worker.predict(data, size);
  // Not of stages: two runs would take the session from each other.
  return segmentTiles(source, { ...options, tile, predict, onLast, model: { ...card, normalisation } });
}
