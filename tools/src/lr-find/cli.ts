#!/usr/bin/env node
/**
 * `nx run trainer:lr-find`: the LR range test, its curve and the rates that it suggests.
 *
 * @module
 */
import { relative } from 'node:path';
import { isDilatedUnetError } from '@dilated-unet/core';
import { resolveDataset, runRangeTest } from '@dilated-unet/trainer';
import { droppedByNx } from '../pipeline/dropped-by-nx.ts';
import { readPresets } from '../pipeline/presets.ts';
import { progressDisplay } from '../setup/show-progress.ts';
import { parseLrFindFlags } from './command.ts';
import { findRates } from './find-rates.ts';
import { buildLrFindRequest } from './request.ts';
import { suggestedFlags, suggestionText } from './suggestion.ts';

/** Exit status of a program that Ctrl-C ended, by convention of shells. */
const INTERRUPTED = 130;

const controller = new AbortController();
const display = progressDisplay(process.stderr);
const note = (text: string): void => {
  display.finish();
  process.stderr.write(`${text}\n`);
};
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => controller.abort(new Error('Stopped.')));

try {
  const presets = await readPresets();
  const argv = process.argv.slice(2);
  const parsed = parseLrFindFlags([...argv, ...droppedByNx(argv)], presets);
  if (parsed.kind === 'help') {
    process.stdout.write(parsed.text);
  } else {
    // Nx runs commands in the workspace's root; paths mean what they mean where the command was typed.
    const cwd = process.env['INIT_CWD'] ?? process.cwd();
    const request = await buildLrFindRequest(parsed.flags, { presets, cwd, now: new Date(), findData: resolveDataset });
    const watch = { onProgress: display.show, onNote: note, signal: controller.signal };
    const { result, files } = await findRates(request, runRangeTest, watch);
    display.finish();
    if (parsed.flags['--json'] === true) {
      const { suggestion, ...rest } = result;
      process.stdout.write(`${JSON.stringify({ suggestion, flags: suggestedFlags(suggestion), ...rest, files })}\n`);
    } else {
      const places = Object.values(files).map((file) => relative(cwd, file));
      process.stdout.write(`${suggestionText(result)}\n${places.join('\n')}\n`);
    }
  }
} catch (error) {
  display.finish();
  if (controller.signal.aborted) {
    process.stderr.write('Stopped; nothing was kept.\n');
    process.exitCode = INTERRUPTED;
  } else {
    if (!isDilatedUnetError(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
