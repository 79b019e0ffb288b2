#!/usr/bin/env node
/**
 * `nx run trainer:lr-find`: the LR range test, its curve and the rates that it suggests.
 *
 * @module
 */
import { relative } from 'node:path';
import { resolveDataset, runRangeTest } from '@dilated-unet/trainer';
import { droppedByNx, runCommand } from '@dilated-unet/host';
import { readPresets } from '../run/presets.ts';
import { parseLrFindFlags } from './command.ts';
import { findRates } from './find-rates.ts';
import { buildLrFindRequest } from './request.ts';
import { suggestedFlags, suggestionText } from './suggestion.ts';

await runCommand(async (onProgress, signal, onNote) => {
  const presets = await readPresets();
  const argv = process.argv.slice(2);
  const parsed = parseLrFindFlags([...argv, ...droppedByNx(argv)], presets);
  if (parsed.kind === 'help') return parsed.text.trimEnd();
  // Nx runs commands in the workspace's root; paths mean what they mean where the command was typed.
  const cwd = process.env['INIT_CWD'] ?? process.cwd();
  const request = await buildLrFindRequest(parsed.flags, { presets, cwd, now: new Date(), findData: resolveDataset });
  const { result, files } = await findRates(request, runRangeTest, { onProgress, onNote, signal });
  const { suggestion, ...rest } = result;
  if (parsed.flags['--json'] === true) {
    return JSON.stringify({ suggestion, flags: suggestedFlags(suggestion), ...rest, files });
  }
  return [suggestionText(result), ...Object.values(files).map((file) => relative(cwd, file))].join('\n');
});
