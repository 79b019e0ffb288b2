#!/usr/bin/env node
import { isDilatedUnetError } from '@dilated-unet/core';
import { resolveDataset } from '@dilated-unet/trainer';
import { progressDisplay } from '../setup/show-progress.ts';
import { parseFlags } from './command.ts';
import { droppedByNx } from './dropped-by-nx.ts';
import { runLine } from './line.ts';
import { readPresets } from './presets.ts';
import { realMachinery } from './real-machinery.ts';
import { buildRequest } from './request.ts';
import { summaryText } from './summary-text.ts';

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
  const parsed = parseFlags([...argv, ...droppedByNx(argv)], presets);
  if (parsed.kind === 'help') {
    process.stdout.write(parsed.text);
  } else {
    // Nx runs commands in the workspace's root; paths mean what they mean where the command was typed.
    const cwd = process.env['INIT_CWD'] ?? process.cwd();
    const request = await buildRequest(parsed.flags, { presets, cwd, now: new Date(), findData: resolveDataset });
    note(`run: ${request.out}`);
    const watch = { onProgress: display.show, onNote: note, signal: controller.signal };
    const summary = await runLine(request, realMachinery(process.env), watch);
    display.finish();
    process.stdout.write(`\n${summaryText(summary, request.out)}\n`);
  }
} catch (error) {
  display.finish();
  if (!isDilatedUnetError(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = controller.signal.aborted ? INTERRUPTED : 1;
}
