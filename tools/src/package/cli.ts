#!/usr/bin/env node
/**
 * `nx run tools:export-model --run RUN --out DIR`: the model of a run as a bioimage.io package.
 *
 * @module
 */
import { resolve } from 'node:path';
import { runCommand } from '@dilated-unet/host';
import { Command } from 'commander';
import { toolsPython } from '../setup/set-up.ts';
import { exportPackage } from './export.ts';

interface Options {
  readonly run: string;
  readonly out: string;
  readonly name?: string;
  readonly author?: readonly string[];
  readonly license?: string;
}

const command = new Command('npx nx run tools:export-model')
  .description(
    'Packages the model of a finished run for bioimage.io (RDF 0.5): the ONNX file in its fastest exact form, the weights,\n' +
      'test tensors, documentation with the scores of the held-out sections, a cover, and the SHA-256 of each file.\n' +
      'Writes a folder and a zip of it; the same run gives the same bytes.',
  )
  .requiredOption('--run <folder>', 'what trainer:train wrote')
  .requiredOption('--out <folder>', 'folder to make; the archive becomes <folder>.zip')
  .option('--name <text>', 'name of the model (default: the network, "for EM membranes")')
  .option('--author <names...>', 'who trained it')
  .option('--license <identifier>', 'its licence, an SPDX identifier such as CC-BY-4.0 (default: none is named)')
  .addHelpText(
    'after',
    '\nExample:\n  npx nx run tools:export-model --run runs/a --out models/a --author "A. Researcher" --license CC-BY-4.0\n',
  );

await runCommand<Options>(command, async ({ run, out, author, ...rest }, { cwd, onProgress, onNote, signal }) => {
  const done = await exportPackage({
    ...rest,
    authors: author ?? [],
    run: resolve(cwd, run),
    out: resolve(cwd, out),
    python: toolsPython(),
    env: process.env,
    onProgress,
    onNote,
    signal,
  });
  const { largestDifference } = done.deviation;
  return (
    `wrote ${done.archive} (SHA-256 ${done.sha256}) and ${done.folder}; ` +
    `its probabilities differ from TensorFlow's by ${largestDifference.toExponential(1)} at most`
  );
});
