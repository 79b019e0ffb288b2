#!/usr/bin/env node
import { isDilatedUnetError } from '@dilated-unet/core';
import { runInTerminal } from '@dilated-unet/host';
import { resolveDataset } from './resolve-dataset.ts';
import { parseFlags } from './command.ts';
import { runLine } from './line.ts';
import { readPresets } from './presets.ts';
import { realMachinery } from './real-machinery.ts';
import { buildRequest } from './request.ts';
import { summaryText } from './summary-text.ts';

/** A run that is stopped says in which stage, and how to go on. */
const whenStopped = (error: unknown): string => (isDilatedUnetError(error) ? error.message : 'Stopped.');

await runInTerminal(
  async (terminal) => {
    const { argv, cwd } = terminal;
    const presets = await readPresets();
    const parsed = parseFlags(argv, presets);
    if (parsed.kind === 'help') return parsed.text.trimEnd();
    const request = await buildRequest(parsed.flags, { presets, cwd, now: new Date(), findData: resolveDataset });
    terminal.onNote(`run: ${request.out}`);
    const summary = await runLine(request, realMachinery(process.env), terminal);
    return `\n${summaryText(summary, request.out)}`;
  },
  { whenStopped },
);
