#!/usr/bin/env node
import { runCommand } from '@dilated-unet/host';
import { Command } from 'commander';
import { ensureChromium } from './chromium.ts';

const command = new Command('tools:chromium').description(
  "Finds the Chromium that the browser tests run: CHROME_PATH, else one on PATH, else Playwright's own download, " +
    "else Debian's package where this runs as root. Notes it in .cache/chromium.json; does nothing when that one " +
    'is still there.',
);

await runCommand(command, async (_, { onProgress, signal }) => {
  const { version, path } = await ensureChromium({ env: process.env, onProgress, signal });
  return `Browser tests: ${version} at ${path}.`;
});
