import type { StopSignal } from '../image/readable-stack.ts';
import type { SegmentedTile } from './segmenter.ts';

/**
 * What jobs give, in the order in which they are begun, some under way at once. When the iteration has ended, be it by an error
 * or a `break`, none is.
 *
 * @param begin begins the next job; undefined when there is none.
 * @param depth jobs under way at once.
 * @param onLast called once, when no job is left to begin and at most one is under way.
 */
export async function* inTurn<T>(
  begin: () => Promise<T> | undefined,
  depth: number,
  onLast?: () => void,
): AsyncGenerator<T, void, undefined> {
  const underWay: Promise<T>[] = [];
  let isLast = false;
  const fill = (): void => {
    while (underWay.length < depth) {
      const job = begin();
      if (job === undefined) {
        if (!isLast && underWay.length <= 1) {
          isLast = true;
          onLast?.();
        }
        return;
      }
      // It may fail while an earlier one is awaited; its turn to be heard comes, so it must not count as unheard.
      job.catch(() => undefined);
      underWay.push(job);
    }
  };
  try {
    fill();
    for (let next = underWay.shift(); next !== undefined; next = underWay.shift()) {
      const value = await next;
      fill();
      yield value;
    }
  } finally {
    await Promise.allSettled(underWay);
  }
}

/** A finished part before it is counted. */
export type TilePart = Omit<SegmentedTile, 'done' | 'total'>;

/** `parts` with their count. @throws the reason of `signal` when it is aborted. */
export async function* counted(
  parts: AsyncIterable<TilePart>,
  total: number,
  signal: StopSignal | undefined,
): AsyncGenerator<SegmentedTile, void, undefined> {
  let done = 0;
  for await (const part of parts) {
    signal?.throwIfAborted();
    yield { ...part, done: ++done, total };
  }
}
