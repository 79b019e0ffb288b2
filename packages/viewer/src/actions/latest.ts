/** An action of which only the latest counts: one that begins gives up the one before. */
export class Latest {
  #control = new AbortController();

  /** Gives up the one before. @returns the signal of the next, aborted when that is given up. */
  begin(): AbortSignal {
    this.#control.abort();
    this.#control = new AbortController();
    return this.#control.signal;
  }
}
