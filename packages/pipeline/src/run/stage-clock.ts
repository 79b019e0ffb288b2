import { DilatedUnetError, InvalidOptionError, isDilatedUnetError } from '@dilated-unet/core';

/** A stage of the run failed or was stopped; `stage` tells which, `cause` why. */
export class StageError extends DilatedUnetError {
  readonly stage: string;

  /** @param what happened, as the rest of a sentence. */
  constructor(stage: string, what: string, advice: string, cause: unknown) {
    super(`Stage "${stage}" ${what}\n${advice}`, { cause });
    this.stage = stage;
  }
}

/** Runs stages one after another, measures each, and says which one failed. */
export class StageClock {
  readonly #advise: (error: unknown) => Promise<string>;
  readonly #signal: AbortSignal | undefined;
  readonly #seconds: Record<string, number> = {};

  /**
   * @param advise what the user can do after a failure by the error it gets; may clean up first.
   * @param signal stops the stages.
   */
  constructor(advise: (error: unknown) => Promise<string>, signal?: AbortSignal) {
    this.#advise = advise;
    this.#signal = signal;
  }

  /** Seconds of each stage so far. */
  get seconds(): Readonly<Record<string, number>> {
    return { ...this.#seconds };
  }

  /** @throws StageError for an error thrown on purpose, or once stopped; Error around anything else, a defect. */
  async run<T>(stage: string, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      this.#signal?.throwIfAborted();
      return await work();
    } catch (error) {
      const advice = await this.#advise(error);
      if (this.#signal?.aborted === true) throw new StageError(stage, stopped(this.#signal.reason), advice, error);
      if (isDilatedUnetError(error)) throw new StageError(stage, `failed: ${quoted(error)}`, advice, error);
      throw new Error(`Stage "${stage}" failed unexpectedly. ${advice}`, { cause: error });
    } finally {
      this.#seconds[stage] = (performance.now() - started) / 1000;
    }
  }
}

/** The user who stopped a run knows why; where it lost its lock, the reason says so. */
const stopped = (reason: unknown): string =>
  isDilatedUnetError(reason) ? `was stopped: ${reason.message}` : 'was stopped.';

/** The message, with an option that it begins with in backticks: the command line then finds it and names its flag. */
function quoted(error: DilatedUnetError): string {
  return error instanceof InvalidOptionError
    ? error.message.replace(error.option, `\`${error.option}\``)
    : error.message;
}
