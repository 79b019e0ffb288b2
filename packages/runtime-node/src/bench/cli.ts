/**
 * `nx run runtime-node:bench --model M`: what the engine does on this machine, one JSON line per figure.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expansion, InvalidModelError, isDilatedUnetError, planTiles, readModelCard } from '@dilated-unet/core';
import { Command, InvalidArgumentError } from 'commander';
import { defaultTile } from '../default-tile.ts';
import { readBytes } from '@dilated-unet/host';
import { machine } from './machine.ts';
import type { Measured, Measurement } from './measure.ts';

const MEASURE = fileURLToPath(new URL('measure.js', import.meta.url));
/** The section of the data that the networks were made for, pixels. */
const SECTION = 512;

interface BenchOptions {
  readonly model: string;
  readonly size: number;
  readonly tiles: readonly number[];
  readonly rounds: number;
  readonly threads?: number;
}

function integer(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be an integer of at least 1.');
  return value;
}

async function measure(measurement: Measurement): Promise<Measured> {
  const { stdout } = await promisify(execFile)(process.execPath, [MEASURE, JSON.stringify(measurement)]);
  return JSON.parse(stdout) as Measured;
}

async function bench({ model, size, tiles, rounds, threads }: BenchOptions): Promise<void> {
  const file = path.resolve(process.env['INIT_CWD'] ?? process.cwd(), model);
  const bytes = await readBytes(file, (message, cause) => new InvalidModelError(`Model ${message}`, { cause }));
  const card = readModelCard(bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  console.log(JSON.stringify({ figure: 'machine', ...machine(), model: card.name, modelSha256: sha256 }));

  const cases = [{ size: SECTION, tile: null }, ...tiles.map((tile) => ({ size, tile })), { size, tile: null }].map(
    (one) => {
      const image = { width: one.size, height: one.size };
      const used = one.tile ?? defaultTile(image, card);
      return { ...one, used, plan: planTiles({ ...image, tile: used, ...card }) };
    },
  );
  const results = cases.map((): Measured[] => []);
  // Round after round, so that a busy spell of the machine falls on all cases.
  for (let round = 0; round < rounds; round++) {
    for (const [i, { size: side, tile }] of cases.entries()) {
      results[i]?.push(await measure({ model: file, size: side, tile, threads: threads ?? null, runs: 1 }));
    }
  }
  for (const [i, { size: side, tile, used, plan }] of cases.entries()) {
    const runs = results[i] as Measured[];
    const seconds = runs.flatMap((run) => run.seconds).sort((a, b) => a - b);
    console.log(
      JSON.stringify({
        figure: side === SECTION ? 'section' : 'large image',
        width: side,
        height: side,
        tile: used,
        isDefault: tile === null,
        tiles: plan.tiles.length,
        expansion: round(expansion(plan)),
        device: runs[0]?.device,
        threads: runs[0]?.threads,
        runs: seconds.length,
        secondsBest: round(seconds[0] as number),
        secondsMedian: round(seconds[Math.floor(seconds.length / 2)] as number),
        sectionsPerSecond: round((side * side) / SECTION ** 2 / (seconds[0] as number)),
        peakRssMB: Math.round(Math.max(...runs.map((run) => run.peakRssBytes)) / 2 ** 20),
        load: round(machine().load),
      }),
    );
  }
}

function round(value: number): number {
  return Number(value.toFixed(3));
}

const command = new Command('runtime-node:bench')
  .description('Times a model on this machine: a 512 x 512 section, and a large image at several tile sizes.')
  .requiredOption('--model <file>', 'ONNX model with its model card')
  .option('--size <pixels>', 'side of the large image', integer, 2048)
  .option(
    '--tiles <sides>',
    'tile sizes to compare on the large image, beside the default',
    (text: string) => text.split(',').map(integer),
    [512, 768, 1024],
  )
  .option('--rounds <count>', 'times that each case is measured', integer, 3)
  .option('--threads <count>', 'threads of one operation (default: the cores that the process may use)', integer)
  .allowExcessArguments(false)
  .showHelpAfterError()
  .addHelpText(
    'after',
    '\nExample:\n  $ npx nx run runtime-node:bench --model runs/a/model.onnx --size 2048 --tiles 512,1024\n',
  )
  .action((options: BenchOptions) => bench(options));
try {
  await command.parseAsync();
} catch (error) {
  console.error(isDilatedUnetError(error) ? `error: ${error.message}` : error);
  process.exitCode = 1;
}
