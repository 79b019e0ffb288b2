import { isDilatedUnetError } from '@dilated-unet/core';
import { progressDisplay } from '../setup/show-progress.ts';
import { droppedByNx } from './dropped-by-nx.ts';
import type { LineWatch } from './watch.ts';

/** Exit status of a program that Ctrl-C ended, by convention of shells. */
const INTERRUPTED = 130;

/** What a command gets from the terminal that it was typed in. */
export interface Terminal {
  readonly argv: readonly string[];
  /** Folder in which the command was typed. */
  readonly cwd: string;
  /** Progress and notes go to stderr; Ctrl-C and SIGTERM abort the signal. */
  readonly watch: LineWatch & { readonly signal: AbortSignal };
}

/**
 * Runs a command that trains. What it returns is printed on stdout; an error on purpose is printed as its message.
 *
 * @returns with `process.exitCode` set where the command failed or was stopped.
 */
export async function runInTerminal(work: (terminal: Terminal) => Promise<string>): Promise<void> {
  const controller = new AbortController();
  const display = progressDisplay(process.stderr);
  const onNote = (text: string): void => {
    display.finish();
    process.stderr.write(`${text}\n`);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => controller.abort(new Error('Stopped.')));
  try {
    const typed = process.argv.slice(2);
    const text = await work({
      argv: [...typed, ...droppedByNx(typed)],
      // Nx runs commands in the workspace's root; paths mean what they mean where the command was typed.
      cwd: process.env['INIT_CWD'] ?? process.cwd(),
      watch: { onProgress: display.show, onNote, signal: controller.signal },
    });
    display.finish();
    process.stdout.write(text);
  } catch (error) {
    display.finish();
    if (!isDilatedUnetError(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = controller.signal.aborted ? INTERRUPTED : 1;
  }
}
