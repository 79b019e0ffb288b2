#!/usr/bin/env node
/** `run.js NAME ...`: starts the built command of that name. */
import { existsSync } from 'node:fs';

const [name] = process.argv.splice(2, 1);
const built = new URL(`../dist/commands/${name}.js`, import.meta.url);
if (existsSync(built)) {
  await (await import(built.href)).default();
} else {
  // Nx runs `COMMAND --help` for a bare `--help`, without building first.
  process.stderr.write('The command is not built yet. To build all commands: npx nx run pipeline:build\n');
  process.exitCode = 1;
}
