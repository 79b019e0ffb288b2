#!/usr/bin/env node
/** Starts the built command; Nx runs `dilated-unet-train --help` for a bare `--help`, without building first. */
import { existsSync } from 'node:fs';

const built = new URL('../dist/pipeline/cli.js', import.meta.url);
if (existsSync(built)) {
  await import(built.href);
} else {
  process.stderr.write(
    'The command is not built yet. To build it and see its help: npx nx run trainer:train -- --help\n',
  );
  process.exitCode = 1;
}
