import { isDilatedUnetError } from '@dilated-unet/core';
import { progressDisplay } from './show-progress.ts';
import type { OnProgress } from './progress.ts';

/** Exit status of a program that Ctrl-C ended, by convention of shells. */
const INTERRUPTED = 130;

/**
 * What commands share that work for a while: progress and notes on stderr, Ctrl-C and SIGTERM stop the work and clean up, an
 * error on purpose is printed as its message, and the exit status is not 0 unless all went well.
 *
 * @param work returns what is printed at the end, if anything; `onNote` prints a line that stays.
 * @param whenStopped what is printed when the user stopped it, given what `work` threw.
 */
export async function runCommand(
  work: (onProgress: OnProgress, signal: AbortSignal, onNote: (text: string) => void) => Promise<string | undefined>,
  whenStopped: (error: unknown) => string = () => 'Stopped; what was being made is removed.',
): Promise<void> {
  const controller = new AbortController();
  const stop = () => controller.abort(new Error('Stopped.'));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const display = progressDisplay(process.stderr);
  try {
    const summary = await work(display.show, controller.signal, (text) => {
      display.finish();
      process.stderr.write(`${text}\n`);
    });
    display.finish();
    if (summary !== undefined) process.stdout.write(`${summary}\n`);
  } catch (error) {
    display.finish();
    if (controller.signal.aborted) {
      process.stderr.write(`${whenStopped(error)}\n`);
      process.exitCode = INTERRUPTED;
      return;
    }
    if (!isDilatedUnetError(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  } finally {
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
  }
}
