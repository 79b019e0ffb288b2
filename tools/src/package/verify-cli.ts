#!/usr/bin/env node
/**
 * `nx run tools:verify-model --model M`: validates a model, and runs its test on every provider of this machine.
 *
 * @module
 */
import { resolve } from 'node:path';
import { InvalidModelError } from '@dilated-unet/core';
import { runCommand, textTable } from '@dilated-unet/host';
import { openModel } from '@dilated-unet/model-package/node';
import { Command } from 'commander';
import type { VerifiedRun } from './verified-run.ts';
import { verifyCuts } from './verify-cuts.ts';
import { verifyForms } from './verify.ts';

const command = new Command('npx nx run tools:verify-model')
  .description(
    'Validates a model: a bioimage.io package (folder or zip) of ours, or a single ONNX file with its model card. Checks the\n' +
      'description and the SHA-256 of each file, and runs the test with each form on each provider of this machine: cpu, cuda\n' +
      'where it is installed, and wasm. WebGPU is checked by the page when it loads the package. An image in tiles, and in the\n' +
      'stages of the card, must give what it gives in one piece.\n' +
      'Ends with 1 if anything is not as it must be.',
  )
  .requiredOption('--model <path>', 'package (folder or zip) or ONNX file')
  .addHelpText('after', '\nExample:\n  npx nx run tools:verify-model --model runs/a/package.zip\n');

const HEADER = ['form', 'provider', 'largest difference', 'allowed', 'mean difference', 'allowed', 'ms', 'verdict'];

const formName = ({ form, cut }: VerifiedRun): string =>
  `${form.precision}${form.engine === null ? '' : ` for ${form.engine}`}${cut === undefined ? '' : ` ${cut}`}`;

function row(run: VerifiedRun): string[] {
  const [name, { provider, ms, result }] = [formName(run), run];
  if (result instanceof Error) return [name, provider, '-', '-', '-', '-', '-', 'FAILED'];
  const { largestDifference, meanDifference, bound, passes } = result;
  const figures = [largestDifference, bound.largest, meanDifference, bound.mean].map((value) => value.toExponential(1));
  return [name, provider, ...figures, String(Math.round(ms ?? 0)), passes ? 'passes' : 'DIFFERS'];
}

const isGood = ({ result }: VerifiedRun): boolean => !(result instanceof Error) && result.passes;

await runCommand<{ readonly model: string }>(
  command,
  async ({ model: given }, { cwd, onProgress, onNote, print, signal }) => {
    const path = resolve(cwd, given);
    const model = await openModel(path);
    const options = { onProgress, signal };
    const forms = await verifyForms(model, options);
    const verified = [...forms, ...(await verifyCuts(model, options))];
    print(`${model.name}, SHA-256 ${model.sha256}`);
    print(textTable([HEADER, ...verified.map(row)]));
    if (model.test === null) onNote('A single ONNX file has no test: each provider was compared with the CPU.');
    onNote('WebGPU was not checked: it runs in browsers only, where the page checks it when it loads the package.');
    const bad = verified.filter((one) => !isGood(one));
    for (const run of bad) {
      if (run.result instanceof Error) onNote(`${formName(run)} on ${run.provider}: ${run.result.message}`);
    }
    if (bad.length > 0) {
      throw new InvalidModelError(
        `Model ${path}: ${bad.length} of ${verified.length} runs are not as they must be (see the table). Do not use the model in ` +
          'these forms on these providers.',
      );
    }
    return `${path} is as it must be: ${forms.length} runs agree with ${model.test === null ? 'the CPU' : 'its test'}`;
  },
);
