/** A user's turn in a queue. */
export class Turn {
  readonly #passing = promised();
  readonly #leaving = promised();
  readonly passed = this.#passing.promise;
  readonly left = this.#leaving.promise;

  /** Lets one more in beside this one. */
  pass(): void {
    this.#passing.resolve();
  }

  /** Ends the turn. */
  leave(): void {
    this.pass();
    this.#leaving.resolve();
  }
}

/**
 * Lets its users in one after another, in the order in which they asked: the next one when the one before has passed, and never
 * more than two at once.
 */
export class Queue {
  #last: Pick<Turn, 'passed' | 'left'> = GONE;
  #before: Pick<Turn, 'left'> = GONE;

  /** Resolves when it is the caller's turn, which the caller ends. */
  async enter(): Promise<Turn> {
    const turn = new Turn();
    const [before, last] = [this.#before, this.#last];
    [this.#before, this.#last] = [last, turn];
    await Promise.all([before.left, last.passed]);
    return turn;
  }
}

const GONE = { passed: Promise.resolve(), left: Promise.resolve() };

function promised(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
