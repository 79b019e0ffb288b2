import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it printed, stdout and stderr. */
  readonly output: string;
  readonly stdout: string;
}

/** A command that runs Nx in this workspace, in a process group of its own. */
export interface Running {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** Resolves when the output has `text`. */
  readonly says: (text: string) => Promise<void>;
  readonly ended: Promise<Ended>;
}

/**
 * Starts `npx nx ...` or `nx ...` for real.
 *
 * @param inEachProcess a module that every Node process below imports first.
 */
export function startNx(
  [command = '', ...words]: readonly string[],
  inEachProcess: string,
  env: NodeJS.ProcessEnv = {},
): Running {
  const child = spawn(command, words, {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      // Of the Nx that runs this test, another one must not hear; nor shall it print colours, as it does where CI is set.
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NX_'))),
      NO_COLOR: '1',
      NX_DAEMON: 'false',
      NX_TUI: 'false',
      NODE_OPTIONS: `--import=${inEachProcess}`,
      ...env,
    },
  });
  let [output, stdout] = ['', ''];
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (stream === child.stdout) stdout += text;
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, output, stdout }));
  });
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const listener = (): void => {
        if (output.includes(text)) resolve();
      };
      listeners.add(listener);
      listener();
      void ended.then(() => reject(new Error(`It ended without "${text}":\n${output}`)));
    });
  return { child, says, ended };
}
