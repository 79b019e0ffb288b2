/** A source that is under way. */
interface Begun<T> {
  readonly values: AsyncGenerator<T, void, undefined>;
  readonly first: Promise<IteratorResult<T, void>>;
}

/**
 * What all of `sources` give, one after another, each value with the next one under way while it is used. A source begins when the
 * one before has ended; after one of a single value, with the one before, so that something is always under way. When the
 * iteration has ended, be it by an error or a `break`, nothing is.
 *
 * @param sources each makes a source, when it is to begin.
 * @param stop called at the end, before what is under way is waited for.
 */
export async function* ahead<T>(
  sources: readonly (() => AsyncGenerator<T, void, undefined>)[],
  stop?: () => void,
): AsyncGenerator<T, void, undefined> {
  const waiting = sources.values();
  const begin = (): Begun<T> | undefined => {
    const values = waiting.next().value?.();
    return values && { values, first: heardLater(values.next()) };
  };
  let following: Begun<T> | undefined;
  let isOver = false;
  const advance = async (values: Begun<T>['values']): Promise<IteratorResult<T, void>> => {
    const result = await values.next();
    if (result.done === true && !isOver) following ??= begin();
    return result;
  };
  let current = begin();
  try {
    for (let isSingle = false; current !== undefined;) {
      if (isSingle) following = begin();
      const { values, first } = current;
      let next = first;
      let given = 0;
      for (let result = await next; result.done !== true; result = await next, given++) {
        next = heardLater(advance(values));
        yield result.value;
      }
      isSingle = given === 1;
      [current, following] = [following ?? begin(), undefined];
    }
  } finally {
    isOver = true;
    stop?.();
    await current?.values.return();
    await following?.values.return();
  }
}

/** It may fail while the value before it is used; its turn to be heard comes. */
function heardLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
