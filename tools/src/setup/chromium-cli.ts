#!/usr/bin/env node
import { Command } from 'commander';
import { ensureChromium } from './chromium.ts';
import { runCommand } from '@dilated-unet/host';

new Command('tools:chromium')
  .description(
    "Finds the Chromium that the browser tests run: CHROME_PATH, else one on PATH, else Playwright's own download, " +
      "else Debian's package where this runs as root. Notes it in .cache/chromium.json; does nothing when that one " +
      'is still there.',
  )
  .allowExcessArguments(false)
  .showHelpAfterError('(--help tells what is allowed)')
  .parse();

await runCommand(async (onProgress, signal) => {
  const { version, path } = await ensureChromium({ env: process.env, onProgress, signal });
  return `Browser tests: ${version} at ${path}.`;
});
