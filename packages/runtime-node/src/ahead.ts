/** The values of `source`, each with the next one under way while it is used. When the iteration has ended, nothing is. */
export async function* ahead<T>(source: AsyncGenerator<T, void, undefined>): AsyncGenerator<T, void, undefined> {
  const start = (): Promise<IteratorResult<T, void>> => {
    const next = source.next();
    // It may fail while the value before it is in use; its turn to be heard comes.
    next.catch(() => undefined);
    return next;
  };
  let next = start();
  try {
    for (;;) {
      const { done, value } = await next;
      if (done === true) return;
      next = start();
      yield value;
    }
  } finally {
    await source.return();
  }
}
