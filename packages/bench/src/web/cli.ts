#!/usr/bin/env node
/**
 * `nx run runtime-web:bench`: segmentation in a browser beside ONNX Runtime Web alone and TensorFlow.js, one JSON line per device
 * on stdout, progress on stderr.
 *
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { integerOption, runCommand } from '@dilated-unet/host';
import { chromiumPath } from '@dilated-unet/tools';
import { Command, InvalidArgumentError, Option } from 'commander';
import { benchWeb, GPU_CHOICES, type GpuChoice } from './bench.ts';

interface Options {
  readonly model?: string;
  readonly size: number;
  readonly gpuSize: number;
  readonly rounds: number;
  readonly tfjsTile: number;
  readonly gpu: GpuChoice;
}

const command = new Command('npx nx run runtime-web:bench')
  .description(
    'Times the segmentation of one image in Chromium: the package from grey values to the whole result, session.run of ONNX\n' +
      'Runtime Web alone on one tile with the same file, and the same network in TensorFlow.js, tiled. Interleaved, medians.\n' +
      'One JSON line each for WebAssembly with one thread, with all, and for the GPU.',
  )
  .option('--model <zip>', 'package (default: the model in the box)')
  .option('--size <pixels>', 'side of the image in WebAssembly', side, 1024)
  .option('--gpu-size <pixels>', 'side of the image on the GPU', side, 1024)
  .option('--rounds <count>', 'runs of each that count', integerOption({ least: 1 }), 3)
  .option('--tfjs-tile <pixels>', 'what a tile of TensorFlow.js keeps on a side; a halo is around it', side, 256)
  .addOption(
    new Option('--gpu <kind>', 'auto: one in hardware, where there is one; software: an emulated one, slow')
      .choices(GPU_CHOICES)
      .default('auto'),
  )
  .addHelpText(
    'after',
    `
ofBare is the time of ONNX Runtime Web over ours, overTfjs that of TensorFlow.js over ours: medians of the quotients of a round.
TensorFlow.js runs in WebAssembly with the same threads, and in WebGL beside WebGPU; tfjsTile.expansion is what its tiles
compute over the image. difference is the largest of a probability from ours: above 1e-3 the bench ends with an error.

Examples:
  npx nx run runtime-web:bench
  npx nx run runtime-web:bench --model models/phantom.zip --size 512 --gpu software --gpu-size 256 --rounds 1`,
  );

await runCommand<Options>(command, async (options, { cwd, onProgress, onNote, print, signal }) => {
  const box = createRequire(import.meta.url).resolve('@dilated-unet/models/isbi-2012.zip');
  const path = options.model === undefined ? box : resolve(cwd, options.model);
  const folder = await mkdtemp(join(tmpdir(), 'dilated-unet-bench-'));
  try {
    const terminal = { onProgress, onNote, signal, figure: (line: object) => print(JSON.stringify(line)) };
    await benchWeb({ ...options, path, folder, chromium: chromiumPath() }, terminal);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

function side(text: string): number {
  const pixels = Number(text);
  if (Number.isInteger(pixels) && pixels >= 64 && pixels % 8 === 0) return pixels;
  throw new InvalidArgumentError('It must be a multiple of 8 from 64.');
}
