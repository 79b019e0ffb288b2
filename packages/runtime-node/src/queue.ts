/** Lets its users in one after another, in the order in which they asked. */
export class Queue {
  #last: Promise<void> = Promise.resolve();

  /** Resolves when all who asked before have left, with the function by which the caller leaves. */
  async enter(): Promise<() => void> {
    const before = this.#last;
    let leave: () => void = () => undefined;
    this.#last = new Promise((resolve) => {
      leave = resolve;
    });
    await before;
    return leave;
  }
}
