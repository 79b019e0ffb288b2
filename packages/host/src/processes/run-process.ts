import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface RunOptions {
  readonly cwd?: string;
  /** The whole environment of the process. */
  readonly env: NodeJS.ProcessEnv;
  /** Ends the process, and all that it started. */
  readonly signal?: AbortSignal | undefined;
  /** Each line of stdout and stderr as it comes. */
  readonly onLine?: (line: string) => void;
  /** Told the process id, which is also the id of its process group. */
  readonly onSpawn?: (pid: number) => void;
}

export interface RunResult {
  /** Exit status; null when a signal ended the process. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last lines of stdout. */
  readonly stdout: string;
  /** The last lines of stdout and stderr in the order in which they came. */
  readonly output: string;
}

const LINES_KEPT = 500;
/** How long a process may take to end after SIGTERM, milliseconds. */
const GRACE = 3000;

/**
 * Runs a program to its end, without a shell and without input, in a process group of its own.
 *
 * @returns how it ended, whatever the exit status.
 * @throws the reason of `options.signal` once the process is gone, or the system's error when it cannot be started.
 */
export function runProcess(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const { signal } = options;
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: options.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const stdout: string[] = [];
    const output: string[] = [];
    const keep = (lines: string[], line: string) => {
      lines.push(line);
      if (lines.length > LINES_KEPT) lines.shift();
    };
    let killTimer: NodeJS.Timeout | undefined;
    const stop = () => {
      killGroup(child.pid, 'SIGTERM');
      killTimer = setTimeout(() => killGroup(child.pid, 'SIGKILL'), GRACE);
    };
    signal?.addEventListener('abort', stop, { once: true });
    const finish = () => {
      signal?.removeEventListener('abort', stop);
      clearTimeout(killTimer);
    };
    createInterface({ input: child.stdout }).on('line', (line) => {
      keep(stdout, line);
      keep(output, line);
      options.onLine?.(line);
    });
    createInterface({ input: child.stderr }).on('line', (line) => {
      keep(output, line);
      options.onLine?.(line);
    });
    child.once('error', (error) => {
      finish();
      reject(error);
    });
    child.once('spawn', () => options.onSpawn?.(child.pid as number));
    child.once('close', (code, endedBy) => {
      finish();
      if (signal?.aborted === true) reject(signal.reason as Error);
      else resolve({ code, signal: endedBy, stdout: stdout.join('\n'), output: output.join('\n') });
    });
  });
}

/** Signals the process group `pid` leads; nothing when it is gone. */
export function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Gone already.
  }
}
