#!/usr/bin/env node
/**
 * `nx run trainer:lr-find`: the LR range test, its curve and the rates that it suggests.
 *
 * @module
 */
import { relative } from 'node:path';
import { runRangeTest } from '@dilated-unet/trainer';
import { resolveDataset } from '../run/resolve-dataset.ts';
import { runInTerminal } from '@dilated-unet/host';
import { readPresets } from '../run/presets.ts';
import { parseLrFindFlags } from './command.ts';
import { findRates } from './find-rates.ts';
import { buildLrFindRequest } from './request.ts';
import { suggestedFlags, suggestionText } from './suggestion.ts';

await runInTerminal(async (terminal) => {
  const { argv, cwd } = terminal;
  const presets = await readPresets();
  const parsed = parseLrFindFlags(argv, presets);
  if (parsed.kind === 'help') return parsed.text.trimEnd();
  const request = await buildLrFindRequest(parsed.flags, { presets, cwd, now: new Date(), findData: resolveDataset });
  const { result, files } = await findRates(request, runRangeTest, terminal);
  const { suggestion, ...rest } = result;
  if (parsed.flags['--json'] === true) {
    return JSON.stringify({ suggestion, flags: suggestedFlags(suggestion), ...rest, files });
  }
  return [suggestionText(result), ...Object.values(files).map((file) => relative(cwd, file))].join('\n');
});
