#!/usr/bin/env node
/**
 * `nx run trainer:experiment`: trains networks under a protocol, part by part, and reports what they find.
 *
 * @module
 */
import { runInTerminal } from '@dilated-unet/host';
import { resolveDataset } from '../run/resolve-dataset.ts';
import { readPresets } from '../run/presets.ts';
import { realMachinery } from '../run/real-machinery.ts';
import { carryOut } from './carry-out.ts';
import { parseExperimentFlags } from './command.ts';
import { writeReport } from '../report/write-report.ts';
import { buildExperimentRequest } from './request.ts';

const whenStopped = (): string => 'Stopped. Start the same command again to go on.';

await runInTerminal(
  async (watch) => {
    const { argv, cwd } = watch;
    const presets = await readPresets();
    const parsed = parseExperimentFlags(argv, presets);
    if (parsed.kind === 'help') return parsed.text.trimEnd();
    const request = await buildExperimentRequest(parsed.flags, { presets, cwd, argv, findData: resolveDataset });
    const { text, failed } = await carryOut(request, { machinery: realMachinery(process.env), writeReport, watch });
    if (failed) process.exitCode = 1;
    return text.trimEnd();
  },
  { whenStopped },
);
