import type { StoredImage } from '@dilated-unet/stacks';
import { type SectionRows, wholeSections } from '../segment-stack.ts';
import type { ResultRun } from './result.ts';

/** Rows of what is written of a section: whole ones, from `y` on. */
export interface ResultRows extends StoredImage {
  readonly y: number;
  /** Whether they are the last ones of the section. */
  readonly isLast: boolean;
}

/** What `run` makes of `rows`, as they come or section by section. */
export async function* resultRows(
  run: ResultRun,
  rows: AsyncIterable<SectionRows>,
): AsyncGenerator<ResultRows, void, undefined> {
  if (run.sectionBytes > 0) {
    for await (const section of wholeSections(rows)) yield { ...run.of(section), y: 0, isLast: true };
  } else {
    for await (const { y, sectionHeight, ...part } of rows) {
      yield { ...run.of(part), y, isLast: y + part.height === sectionHeight };
    }
  }
}

/** The rows of the next section of `rows`, which goes on after them. */
export async function* nextSection(
  rows: AsyncGenerator<ResultRows, void, undefined>,
): AsyncGenerator<ResultRows, void, undefined> {
  for (let isLast = false; !isLast;) {
    const next = await rows.next();
    if (next.done === true) return;
    yield next.value;
    ({ isLast } = next.value);
  }
}
