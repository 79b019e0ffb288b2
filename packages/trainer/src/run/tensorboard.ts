import { mkdir, rm } from 'node:fs/promises';
import { EnvironmentError } from '@dilated-unet/core';
import type { LogRow } from './log.ts';
import { tensorFlow, type TensorFlow } from '../tensorflow/binding.ts';

type Writer = ReturnType<TensorFlow['node']['summaryFileWriter']>;

/**
 * The epochs of a run as TensorBoard reads them: `tensorboard --logdir RUN/tensorboard`, or of the folder above many runs.
 * Steps are epochs.
 *
 * It has what the run's log has. An event file can only grow, and the one of a killed process may lack an epoch, have half of
 * one, or one that is trained again; so each process writes its own from the log, and removes those before. Each epoch is then
 * there once; its wall time is that of the process.
 */
export class TensorBoardLog {
  readonly #directory: string;
  readonly #writer: Writer;

  private constructor(directory: string, writer: Writer) {
    this.#directory = directory;
    this.#writer = writer;
  }

  /**
   * Begins anew in `directory`, with the epochs of `rows`.
   *
   * @throws EnvironmentError when it cannot be written, as `append` does.
   */
  static async open(directory: string, rows: readonly LogRow[]): Promise<TensorBoardLog> {
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true });
    const log = new TensorBoardLog(
      directory,
      written(directory, () => tensorFlow().node.summaryFileWriter(directory)),
    );
    log.append(...rows);
    return log;
  }

  /** Writes epochs; they are in the file when it returns. */
  append(...rows: readonly LogRow[]): void {
    written(this.#directory, () => {
      for (const row of rows) {
        for (const [tag, value] of Object.entries(scalars(row))) this.#writer.scalar(tag, value, row.epoch);
      }
      this.#writer.flush();
    });
  }
}

/** What stands before the slash, TensorBoard shows together. */
function scalars({
  loss,
  softDice,
  rate,
  stepMs,
  validation,
  scores,
  stacks = [],
}: LogRow): Readonly<Record<string, number>> {
  const named = (group: string, values: object | null): Record<string, number> =>
    Object.fromEntries(Object.entries(values ?? {}).map(([name, value]) => [`${group}/${name}`, value as number]));
  const perStack = stacks.flatMap(({ name, ...one }) => [
    named(`validation ${name}`, one.validation),
    named(`heldOut ${name}`, one.scores),
  ]);
  return {
    ...Object.fromEntries(perStack.flatMap(Object.entries<number>)),
    ...named('training', { loss, softDice, rate, stepMs }),
    ...named('validation', validation),
    ...named('heldOut', scores),
  };
}

function written<T>(directory: string, write: () => T): T {
  try {
    return write();
  } catch (cause) {
    throw new EnvironmentError(`Cannot write TensorBoard's events into ${directory}: ${(cause as Error).message}`, {
      cause,
    });
  }
}
