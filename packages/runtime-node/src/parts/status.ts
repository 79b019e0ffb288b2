import { stat } from 'node:fs/promises';
import { sectionsOfPart, type Part } from './part.ts';
import { ranges } from './plan.ts';
import type { PartsStore } from './store.ts';

export interface PartsStatus {
  /** Whether the output is in place and nothing is under way. */
  readonly isWhole: boolean;
  /** What is there and what is left, lines for people. */
  readonly lines: readonly string[];
}

/** What is done and what is left of the output of `store`; changes nothing. @param parts of how many parts it tells. */
export async function partsStatus(store: PartsStore, parts: Part): Promise<PartsStatus> {
  const { output, folder } = store;
  const plan = await store.plan();
  if (plan === undefined || (await store.finished()) !== 'no') {
    if (plan === undefined && (await store.finished()) === 'no' && (await store.isBegun())) {
      return { isWhole: false, lines: [`A run of ${output} has begun, in ${folder}, and no section of it is done.`] };
    }
    const isWhole = (await stat(output).catch(() => undefined)) !== undefined;
    const what = isWhole
      ? `${output} is there, and no run of it is under way.`
      : `${output} is not there, and no section of it is done.`;
    return { isWhole, lines: [what] };
  }
  const done = await store.done();
  const lines = [progressText(plan.sections, done), `in ${folder}, by ${plan.model.name} on ${plan.device}`];
  for (let index = 1; index <= parts.count && parts.count > 1; index++) {
    const own = sectionsOfPart(plan.sections, { index, count: parts.count });
    const left = own.filter((z) => !done.has(z));
    if (left.length > 0)
      lines.push(
        `part ${index}/${parts.count}: ${own.length - left.length} of ${own.length} are there, left: ${ranges(left)}`,
      );
  }
  if (plan.sections.every((z) => done.has(z)))
    lines.push('All are there: start any part again, and it writes the output.');
  return { isWhole: false, lines };
}

/** `12 of 30 sections are there; left: 13-30`. @param places of all, from 0, rising. */
export function progressText(places: readonly number[], done: ReadonlySet<number>): string {
  const left = places.filter((z) => !done.has(z));
  const count = places.length - left.length;
  const there = `${count} of ${places.length} ${places.length === 1 ? 'section is' : 'sections are'} there`;
  return left.length === 0 ? there : `${there}; left: ${ranges(left)}`;
}
