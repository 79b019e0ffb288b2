#!/usr/bin/env node
/**
 * `nx run trainer:experiment`: trains networks under a protocol, part by part, and reports what they find.
 *
 * @module
 */
import { isDilatedUnetError } from '@dilated-unet/core';
import { resolveDataset } from '@dilated-unet/trainer';
import { droppedByNx } from '../pipeline/dropped-by-nx.ts';
import { readPresets } from '../pipeline/presets.ts';
import { realMachinery } from '../pipeline/real-machinery.ts';
import { progressDisplay } from '../setup/show-progress.ts';
import { parseExperimentFlags } from './command.ts';
import { carryOut } from './carry-out.ts';
import { writeReport } from './report/write-report.ts';
import { buildExperimentRequest } from './request.ts';

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
  const typed = process.argv.slice(2);
  const argv = [...typed, ...droppedByNx(typed)];
  const parsed = parseExperimentFlags(argv, presets);
  if (parsed.kind === 'help') {
    process.stdout.write(parsed.text);
  } else {
    // Nx runs commands in the workspace's root; paths mean what they mean where the command was typed.
    const cwd = process.env['INIT_CWD'] ?? process.cwd();
    const request = await buildExperimentRequest(parsed.flags, { presets, cwd, argv, findData: resolveDataset });
    const watch = { onProgress: display.show, onNote: note, signal: controller.signal };
    const { text, failed } = await carryOut(request, { machinery: realMachinery(process.env), writeReport, watch });
    display.finish();
    process.stdout.write(`${text}\n`);
    if (failed) process.exitCode = 1;
  }
} catch (error) {
  display.finish();
  if (controller.signal.aborted) {
    process.stderr.write('Stopped. Start the same command again to go on.\n');
    process.exitCode = INTERRUPTED;
  } else {
    if (!isDilatedUnetError(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
