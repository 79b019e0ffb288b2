#!/usr/bin/env node
import { resolveDataset } from '@dilated-unet/trainer';
import { parseFlags } from './command.ts';
import { runLine } from './line.ts';
import { readPresets } from './presets.ts';
import { realMachinery } from './real-machinery.ts';
import { buildRequest } from './request.ts';
import { summaryText } from './summary-text.ts';
import { runInTerminal } from './terminal.ts';

await runInTerminal(async ({ argv, cwd, watch }) => {
  const presets = await readPresets();
  const parsed = parseFlags(argv, presets);
  if (parsed.kind === 'help') return parsed.text;
  const request = await buildRequest(parsed.flags, { presets, cwd, now: new Date(), findData: resolveDataset });
  watch.onNote(`run: ${request.out}`);
  const summary = await runLine(request, realMachinery(process.env), watch);
  return `\n${summaryText(summary, request.out)}\n`;
});
