/** Starts a built command; Nx runs `COMMAND --help` for a bare `--help`, without building first. */
import { existsSync } from 'node:fs';

/**
 * @param {string} name of the command, for example `train`.
 * @param {string} target Nx target that builds and starts it.
 */
export async function startBuilt(name, target) {
  const built = new URL(`../dist/commands/${name}.js`, import.meta.url);
  if (existsSync(built)) {
    await (await import(built.href)).default();
  } else {
    process.stderr.write(
      `The command is not built yet. To build it and see its help: npx nx run ${target} -- --help\n`,
    );
    process.exitCode = 1;
  }
}
