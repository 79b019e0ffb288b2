import { isDilatedUnetError } from '@dilated-unet/core';
import { droppedByNx, runCommand } from '@dilated-unet/host';
import type { LineWatch } from './watch.ts';

/** What a command gets from the terminal that it was typed in. */
export interface Terminal {
  readonly argv: readonly string[];
  /** Folder in which the command was typed. */
  readonly cwd: string;
  /** Progress and notes go to stderr; Ctrl-C and SIGTERM abort the signal. */
  readonly watch: LineWatch & { readonly signal: AbortSignal };
}

/**
 * Runs a command that trains: see `runCommand`. One that is stopped says what it leaves.
 *
 * @param work returns the text that is printed at the end.
 */
export function runInTerminal(work: (terminal: Terminal) => Promise<string>): Promise<void> {
  const typed = process.argv.slice(2);
  return runCommand(
    async (onProgress, signal, onNote) => {
      const text = await work({
        argv: [...typed, ...droppedByNx(typed)],
        // Nx runs commands in the workspace's root; paths mean what they mean where the command was typed.
        cwd: process.env['INIT_CWD'] ?? process.cwd(),
        watch: { onProgress, onNote, signal },
      });
      return text.trimEnd();
    },
    (error) => (isDilatedUnetError(error) ? error.message : 'Stopped.'),
  );
}
