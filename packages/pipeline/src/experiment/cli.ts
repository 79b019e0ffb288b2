#!/usr/bin/env node
/**
 * `nx run trainer:experiment`: trains networks under a protocol, part by part, and reports what they find.
 *
 * @module
 */
import { DilatedUnetError } from '@dilated-unet/core';
import { resolveDataset } from '@dilated-unet/trainer';
import { readPresets } from '../run/presets.ts';
import { realMachinery } from '../run/real-machinery.ts';
import { runInTerminal } from '../run/terminal.ts';
import { carryOut } from './carry-out.ts';
import { parseExperimentFlags } from './command.ts';
import { writeReport } from '../report/write-report.ts';
import { buildExperimentRequest } from './request.ts';

await runInTerminal(async ({ argv, cwd, watch }) => {
  const presets = await readPresets();
  const parsed = parseExperimentFlags(argv, presets);
  if (parsed.kind === 'help') return parsed.text;
  const request = await buildExperimentRequest(parsed.flags, { presets, cwd, argv, findData: resolveDataset });
  try {
    const { text, failed } = await carryOut(request, { machinery: realMachinery(process.env), writeReport, watch });
    if (failed) process.exitCode = 1;
    return `${text}\n`;
  } catch (error) {
    if (!watch.signal.aborted) throw error;
    throw new DilatedUnetError('Stopped. Start the same command again to go on.', { cause: error });
  }
});
