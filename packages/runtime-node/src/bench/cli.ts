/**
 * `nx run runtime-node:bench --model M`: what the engine does on this machine, one JSON line per figure.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cheapestTiling, type CheapestTiling } from '@dilated-unet/core';
import { integerOption, machine, median, rounded, runCommand } from '@dilated-unet/host';
import { openModel } from '@dilated-unet/model-package/node';
import { Command } from 'commander';
import { defaultTile } from '../default-tile.ts';
import type { Measured, Measurement } from './measure.ts';
import type { StackTask } from './stack.ts';

const MEASURE = fileURLToPath(new URL('measure.js', import.meta.url));
const STACK = fileURLToPath(new URL('stack.js', import.meta.url));
/** The section of the data that the networks were made for, pixels. */
const SECTION = 512;

interface BenchOptions {
  readonly model: string;
  readonly size: number;
  readonly tiles: readonly number[];
  readonly rounds: number;
  readonly threads?: number;
  readonly stack?: string;
}

const count = integerOption({ least: 1 });

async function measure(measurement: Measurement, signal: AbortSignal): Promise<Measured> {
  const { stdout } = await promisify(execFile)(process.execPath, [MEASURE, JSON.stringify(measurement)], { signal });
  return JSON.parse(stdout) as Measured;
}

/**
 * The seconds of the command on `stack`, and those that nothing but `session.run` takes for the same sections, one after the
 * other in each round.
 */
async function measureStack(
  task: Omit<StackTask, 'what' | 'output'>,
  {
    rounds,
    signal,
    onRound,
  }: { readonly rounds: number; readonly signal: AbortSignal; readonly onRound: (i: number) => void },
): Promise<{ readonly command: readonly number[]; readonly bare: readonly number[] }> {
  const seconds = { command: [] as number[], bare: [] as number[] };
  const folder = await mkdtemp(join(tmpdir(), 'dilated-unet-bench-'));
  try {
    for (let round = 0; round < rounds; round++) {
      onRound(round);
      for (const what of ['command', 'bare'] as const) {
        const given: StackTask = { ...task, what, output: join(folder, `${round}.tif`) };
        const { stdout } = await promisify(execFile)(process.execPath, [STACK, JSON.stringify(given)], { signal });
        seconds[what].push(JSON.parse(stdout) as number);
      }
    }
    return seconds;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Tiles of all stages together. */
const tileCount = ({ plan }: CheapestTiling): number =>
  'tiles' in plan ? plan.tiles.length : plan.reduce((sum, stage) => sum + stage.plan.tiles.length, 0);

const command = new Command('runtime-node:bench')
  .description('Times a model on this machine: a 512 x 512 section, and a large image at several tile sizes.')
  .requiredOption('--model <file>', 'ONNX model with its model card')
  .option('--size <pixels>', 'side of the large image', count, 2048)
  .option(
    '--tiles <sides>',
    'tile sizes to compare on the large image, beside the default',
    (text: string) => text.split(',').map(count),
    [512, 768, 1024],
  )
  .option('--rounds <count>', 'times that each case is measured', count, 3)
  .option('--threads <count>', 'threads of one operation (default: the cores that the process may use)', count)
  .option(
    '--stack <path>',
    'a stack of sections of up to 1536 x 1536: the whole command on it, beside session.run of ONNX Runtime alone',
  )
  .addHelpText(
    'after',
    '\nExample:\n  $ npx nx run runtime-node:bench --model runs/a/model.onnx --size 2048 --tiles 512,1024 --stack shared/data/isbi-2012/test-volume.tif\n',
  );

await runCommand<BenchOptions>(command, async (options, { cwd, onProgress, print, signal }) => {
  const { size, tiles, rounds, threads, stack } = options;
  const file = resolve(cwd, options.model);
  const { card, sha256: modelSha256 } = await openModel(file);
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { readonly version: string };
  const figure = { figure: 'machine', ...machine(), onnxruntime: version };
  print(JSON.stringify({ ...figure, model: card.name, modelSha256 }));

  const cases = [{ size: SECTION, tile: null }, ...tiles.map((tile) => ({ size, tile })), { size, tile: null }].map(
    (one) => {
      const image = { width: one.size, height: one.size };
      const used = one.tile ?? defaultTile(image, card);
      return { ...one, used, tiling: cheapestTiling(image, used, card) };
    },
  );
  const results = cases.map((): Measured[] => []);
  // Round after round, so that a busy spell of the machine falls on all cases.
  for (let round = 0; round < rounds; round++) {
    for (const [i, { size: side, tile }] of cases.entries()) {
      signal.throwIfAborted();
      onProgress({ phase: 'measuring', done: round * cases.length + i, total: rounds * cases.length });
      results[i]?.push(await measure({ model: file, size: side, tile, threads: threads ?? null, runs: 1 }, signal));
    }
  }
  for (const [i, { size: side, tile, used, tiling }] of cases.entries()) {
    const runs = results[i] as Measured[];
    const seconds = runs.flatMap((run) => run.seconds);
    const best = Math.min(...seconds);
    print(
      JSON.stringify({
        figure: side === SECTION ? 'section' : 'large image',
        width: side,
        height: side,
        tile: used,
        isDefault: tile === null,
        inStages: tiling.stages !== null,
        tiles: tileCount(tiling),
        expansion: rounded(tiling.expansion),
        device: runs[0]?.device,
        threads: runs[0]?.threads,
        runs: seconds.length,
        secondsBest: rounded(best),
        secondsMedian: rounded(median(seconds)),
        sectionsPerSecond: rounded((side * side) / SECTION ** 2 / best),
        peakRssMB: Math.round(Math.max(...runs.map((run) => run.peakRssBytes)) / 2 ** 20),
        load: machine().load,
      }),
    );
  }
  if (stack === undefined) return;
  const used = threads ?? availableParallelism();
  const input = resolve(cwd, stack);
  const { command: ours, bare } = await measureStack(
    { model: file, input, threads: used },
    { rounds, signal, onRound: (done) => onProgress({ phase: 'measuring the stack', done, total: rounds }) },
  );
  print(
    JSON.stringify({
      figure: 'stack',
      input: stack,
      threads: used,
      runs: rounds,
      secondsBest: rounded(Math.min(...ours)),
      bareSecondsBest: rounded(Math.min(...bare)),
      // Of the medians: the share of the time that is not the network's is what is left to 1.
      ofBare: rounded(median(bare) / median(ours)),
      load: machine().load,
    }),
  );
});
