import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** What Nx tells the process of this file, and not the program. */
const FOR_THIS_PROCESS = ['NX_TERMINAL_OUTPUT_PATH', 'NX_STREAM_OUTPUT', 'NX_PREFIX_OUTPUT'];

/**
 * The executor of every target that starts a program. Nx's own executors give what was typed to a shell, which would run the
 * command in a file name.
 *
 * Options of a target: `program`, a path from the root of the workspace; `words` that come before those of the user, none by
 * default; `cwd` from the root, by default the root.
 *
 * @param {{ __unparsed__: string[] }} parsed
 * @param {import('nx/src/devkit-exports').ExecutorContext} context
 * @returns {Promise<{ success: boolean }>}
 */
export default async function start({ __unparsed__: typed }, { root, target, projectName, targetName, taskGraph }) {
  /** @type {{ program: string, words?: string[], cwd?: string }} */
  const options = target?.options;
  const { program, words = [], cwd = '' } = options;
  // What others wait for, Nx shows when it has ended, or not at all: it reads it from this process.
  const { NX_TERMINAL_OUTPUT_PATH: readAt, NX_STREAM_OUTPUT: isShown } = process.env;
  const output = readAt !== undefined && isShown !== 'true' ? 'pipe' : 'inherit';
  // stdout is for the results of the program that was asked for.
  const isNeeded = Object.values(taskGraph?.dependencies ?? {}).some((ids) =>
    ids.includes(`${projectName}:${targetName}`),
  );
  const child = spawn(process.execPath, [join(root, program), ...words, ...typed], {
    cwd: join(root, cwd),
    stdio: ['inherit', isNeeded && output === 'inherit' ? 2 : output, output],
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !FOR_THIS_PROCESS.includes(name))),
  });
  child.stdout?.pipe(process.stdout);
  child.stderr?.pipe(process.stderr);

  /** @type {NodeJS.Signals | undefined} */
  let stoppedBy;
  /** @param {NodeJS.Signals} signal */
  const stop = (signal) => {
    stoppedBy ??= signal;
    // Never SIGINT: the program may have had one from the terminal, and a second Ctrl-C ends it at once.
    child.kill('SIGTERM');
  };
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, stop);
  // Nx itself was killed.
  process.once('disconnect', () => stop('SIGTERM'));
  const [code, signal] = await once(child, 'close');
  const endBy = code === 0 ? undefined : (stoppedBy ?? signal);
  if (endBy) {
    process.removeAllListeners(endBy);
    process.kill(process.pid, endBy);
  }
  // Nx would make 1 of it.
  if (code > 1) process.exit(code);
  return { success: code === 0 };
}
