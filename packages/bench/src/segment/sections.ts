import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { cheapestTiling, type CheapestTiling } from '@dilated-unet/core';
import { median, relativeSpread, rounded, type OnProgress } from '@dilated-unet/host';
import { openModel } from '@dilated-unet/model-package/node';
import { defaultTile } from '@dilated-unet/runtime-node';
import { runProgram } from '../processes.ts';
import type { SectionTask, SectionTimes } from './section-process.ts';

export interface SectionBenchOptions {
  /** Package or ONNX file. */
  readonly model: string;
  /** Side of the large image, pixels. */
  readonly size: number;
  /** Sides of its tiles, beside the default, pixels. */
  readonly tiles: readonly number[];
  readonly rounds: number;
  readonly threads: number;
  /** Is given one figure after the other. */
  readonly figure: (line: object) => void;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** The section of the data that the networks were made for, pixels. */
const SECTION = 512;

/** Times a section, and a large image at each tile size. @throws InvalidOptionError for a tile that is not possible. */
export async function benchSections(options: SectionBenchOptions): Promise<void> {
  const { model, size, tiles, rounds, threads, figure, onProgress, signal } = options;
  const { card, name, sha256: modelSha256 } = await openModel(model);
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { readonly version: string };
  figure({ figure: 'model', model: name, modelSha256, onnxruntime: version });

  const cases = [{ size: SECTION, tile: null }, ...tiles.map((tile) => ({ size, tile })), { size, tile: null }].map(
    (one) => {
      const image = { width: one.size, height: one.size };
      const used = one.tile ?? defaultTile(image, card);
      return { ...one, used, tiling: cheapestTiling(image, used, card), times: [] as SectionTimes[] };
    },
  );
  const file = fileURLToPath(new URL('./section-process.js', import.meta.url));
  const program = { name: 'a segmentation', command: process.execPath, file, env: process.env };
  // Round after round, so that a busy spell of the machine falls on all cases.
  for (let round = 0; round < rounds; round++) {
    for (const [i, { size: side, tile, times }] of cases.entries()) {
      onProgress({ phase: 'measuring', done: round * cases.length + i, total: rounds * cases.length });
      const task: SectionTask = { model, size: side, tile, threads };
      times.push(await runProgram<SectionTimes>(program, task, signal));
    }
  }
  for (const { size: side, tile, used, tiling, times } of cases) {
    const seconds = times.map((one) => one.seconds);
    figure({
      figure: side === SECTION ? 'section' : 'large image',
      width: side,
      height: side,
      tile: used,
      isDefault: tile === null,
      inStages: tiling.stages !== null,
      tiles: tileCount(tiling),
      expansion: rounded(tiling.expansion),
      device: times[0]?.device,
      threads,
      runs: rounds,
      secondsMedian: rounded(median(seconds)),
      spread: rounded(relativeSpread(seconds)),
      sectionsPerSecond: rounded((side * side) / SECTION ** 2 / median(seconds)),
      peakRssMB: Math.round(Math.max(...times.map((one) => one.peakRssBytes)) / 2 ** 20),
    });
  }
}

/** Tiles of all stages together. */
const tileCount = ({ plan }: CheapestTiling): number =>
  'tiles' in plan ? plan.tiles.length : plan.reduce((sum, stage) => sum + stage.plan.tiles.length, 0);
