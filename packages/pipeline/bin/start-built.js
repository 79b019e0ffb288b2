/** Starts a built command; Nx runs `COMMAND --help` for a bare `--help`, without building first. */
import { existsSync } from 'node:fs';

/**
 * @param {string} entry path of the command below dist, for example `run/cli.js`.
 * @param {string} target Nx target that builds and starts it.
 */
export async function startBuilt(entry, target) {
  const built = new URL(`../dist/${entry}`, import.meta.url);
  if (existsSync(built)) {
    await import(built.href);
  } else {
    process.stderr.write(
      `The command is not built yet. To build it and see its help: npx nx run ${target} -- --help\n`,
    );
    process.exitCode = 1;
  }
}
