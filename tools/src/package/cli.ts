#!/usr/bin/env node
/**
 * `nx run tools:export-model --run RUN --out DIR`: the model of a run as a bioimage.io package.
 *
 * @module
 */
import { resolve } from 'node:path';
import { runCommand } from '@dilated-unet/host';
import { Command, Option } from 'commander';
import { toolsPython } from '../setup/set-up.ts';
import { NOTHING_SAID, readAbout } from './about.ts';
import { exportPackage } from './export.ts';
import { formName, FORMS } from './forms/index.ts';

interface Options {
  readonly run: string;
  readonly out: string;
  readonly name?: string;
  readonly author?: readonly string[];
  readonly license?: string;
  readonly about?: string;
  readonly forms?: readonly string[];
}

const command = new Command('npx nx run tools:export-model')
  .description(
    'Packages the model of a finished run for bioimage.io (RDF 0.5): the ONNX file in its fastest exact form, the weights,\n' +
      'test tensors, documentation with the scores of the held-out sections, a cover, and the SHA-256 of each file.\n' +
      'Writes a folder and a zip of it; on one machine the same run gives the same bytes, and everywhere the same weights.',
  )
  .requiredOption('--run <folder>', 'what trainer:train wrote')
  .requiredOption('--out <folder>', 'folder to make; the archive becomes <folder>.zip')
  .option('--name <text>', 'name of the model (default: the network, "for EM membranes")')
  .option('--author <names...>', 'who trained it')
  .option('--license <identifier>', 'its licence, an SPDX identifier such as CC-BY-4.0 (default: none is named)')
  .option(
    '--about <file>',
    'Markdown for its README: on which images it works. Above it, between lines ---, YAML may say name, authors, license,\n' +
      'terms (where no licence of SPDX says them), cite (a list of text and doi); pictures that it shows lie beside it',
  )
  .addOption(new Option('--forms <names...>', 'forms beside fp32 (default: all)').choices(FORMS.slice(1).map(formName)))
  .addHelpText(
    'after',
    '\nExamples:\n  npx nx run tools:export-model --run runs/a --out models/a --author "A. Researcher" --license CC-BY-4.0\n' +
      '  npx nx run tools:export-model --run runs/a --out models/a --about models/a.md --forms fp16 int8\n',
  );

await runCommand<Options>(command, async (options, { cwd, onProgress, onNote, signal }) => {
  const { run, out, name, author: authors, license, forms } = options;
  const written = options.about === undefined ? NOTHING_SAID : await readAbout(resolve(cwd, options.about));
  const done = await exportPackage({
    about: { ...written, ...(name && { name }), ...(authors && { authors }), ...(license && { license }) },
    ...(forms && { forms }),
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
