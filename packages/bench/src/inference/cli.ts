#!/usr/bin/env node
/**
 * `nx run tools:bench-model`: the forms of a package beside the plain export, Keras and PyTorch, one JSON line per figure on
 * stdout, progress on stderr.
 *
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { InvalidOptionError } from '@dilated-unet/core';
import { integerOption, machine, runCommand } from '@dilated-unet/host';
import { exportPackage, peerPython, setUpPaths, toolsPython, TORCH } from '@dilated-unet/tools';
import { openInitialModel } from '@dilated-unet/trainer';
import { Command, InvalidArgumentError, Option } from 'commander';
import { inferenceContestants } from './contestants.ts';
import { BENCH_ENGINES, publishedVariant, writeMaterial, type BenchEngine } from './material.ts';
import { inferenceLine } from './line.ts';
import { measureInference } from './measure.ts';

interface Options {
  readonly model?: string;
  readonly run?: string;
  readonly size: readonly number[];
  readonly engine: readonly BenchEngine[];
  readonly rounds: number;
  readonly runs: number;
  readonly peers: boolean;
}

const SIZES = '512,1024';

const command = new Command('npx nx run tools:bench-model')
  .description(
    'Times the forms of a package beside the plain export of its network, Keras (one tf.function) and PyTorch (channels_last,\n' +
      'inference mode, float32), all with its weights on one image: fresh processes, interleaved. Native ONNX Runtime with all\n' +
      'cores, WebAssembly with one thread. Prints one JSON line per form, engine and size.',
  )
  .addOption(new Option('--model <path>', 'package: a folder or a zip').conflicts('run'))
  .option('--run <folder>', 'instead: what trainer:train wrote, packaged first')
  .addOption(new Option('--size <sides>', 'sides of the image, pixels').argParser(sizes).default(sizes(SIZES), SIZES))
  .addOption(
    new Option('--engine <names>', `of ${BENCH_ENGINES.join(', ')}`)
      .argParser(engines)
      .default(BENCH_ENGINES, BENCH_ENGINES.join()),
  )
  .option('--rounds <count>', 'processes of each contestant', integerOption({ least: 1 }), 5)
  .option('--runs <count>', 'predictions timed in each process', integerOption({ least: 1 }), 3)
  .addOption(
    new Option('--no-peers', 'leave out Keras and PyTorch, which are written for the published networks alone'),
  )
  .addHelpText(
    'after',
    `
A time is the median over the rounds of the fastest prediction of each; a ratio is the median of the quotients of a round.
maxDifference and classChanged are beside the plain export on the same image; dice, vRand and vInfo are what the package says
of the held-out sections.
The first run installs PyTorch and MONAI (5 GB) into .venv-bench; nothing else needs it. WebAssembly takes seconds for an image.

Examples:
  npx nx run tools:bench-model --model runs/NAME/package.zip
  npx nx run tools:bench-model --run runs/a --size 512 --engine cpu --rounds 9`,
  );

await runCommand<Options>(command, async (options, { cwd, onProgress, onNote, print, signal }) => {
  if (options.model === undefined && options.run === undefined) {
    throw new InvalidOptionError('model', 'must name a package, or --run the folder of a run', undefined);
  }
  const python = toolsPython();
  const hasPeers = options.peers && options.engine.includes('cpu');
  const folder = await mkdtemp(join(tmpdir(), 'dilated-unet-bench-'));
  try {
    const packaged = async (run: string): Promise<string> => {
      // Before minutes of work. What the run lacks, the packaging says.
      const trained = hasPeers ? await openInitialModel(run).catch(() => null) : null;
      if (trained !== null) publishedVariant(trained.network, run);
      const env = process.env;
      const out = join(folder, 'package');
      return (await exportPackage({ run, out, python, env, onProgress, onNote, signal })).archive;
    };
    const path =
      options.model === undefined ? await packaged(resolve(cwd, options.run as string)) : resolve(cwd, options.model);
    onProgress({ phase: 'converting the plain network' });
    const material = await writeMaterial({ path, folder, engines: options.engine, hasPeers, python, signal });
    const { variant, weights } = material;
    const contestants = inferenceContestants(
      material,
      hasPeers && variant !== null
        ? { variant, weights, keras: setUpPaths().python, torch: await peerPython(TORCH, onProgress, signal) }
        : null,
    );
    const { rounds, runs } = options;
    for (const size of options.size) {
      const images = await material.image(size);
      const threads = availableParallelism();
      const measuring = { images, folder, rounds, runs, threads, onProgress, signal };
      const measured = await measureInference(contestants, measuring);
      for (const form of material.forms)
        print(JSON.stringify({ ...inferenceLine(variant, size, form, measured), machine: machine() }));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

function sizes(text: string): readonly number[] {
  return text.split(',').map((part) => {
    const side = Number(part);
    if (side >= 32 && side % 8 === 0) return side;
    throw new InvalidArgumentError('It must be like 512,1024: multiples of 8 from 32.');
  });
}

function engines(text: string): readonly BenchEngine[] {
  return text.split(',').map((name) => {
    const known = BENCH_ENGINES.find((engine) => engine === name);
    if (known === undefined) throw new InvalidArgumentError(`Allowed are ${BENCH_ENGINES.join(', ')}.`);
    return known;
  });
}
