import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ahead } from '../src/ahead.ts';
import { settled } from './support/settled.ts';

/** Sources of so many values each, and what happened. */
function sources(counts: readonly number[], failing?: number) {
  const events: string[] = [];
  const made = counts.map(
    (count, source) =>
      async function* (): AsyncGenerator<string> {
        events.push(`begin ${source}`);
        try {
          for (let i = 0; i < count; i++) {
            await setImmediate();
            if (source === failing) throw new Error(`source ${source}`);
            events.push(`made ${source}.${i}`);
            yield `${source}.${i}`;
          }
        } finally {
          events.push(`end ${source}`);
        }
      },
  );
  return { events, made };
}

test('the next value is under way while one is used, the first of the next source too', async () => {
  const { events, made } = sources([2, 0, 1, 3]);
  const seen: string[] = [];
  const madeWhileUsed: string[] = [];
  for await (const value of ahead(made)) {
    await settled();
    seen.push(value);
    madeWhileUsed.push(events.filter((event) => event.startsWith('made')).at(-1) as string);
  }
  expect(seen).toEqual(['0.0', '0.1', '2.0', '3.0', '3.1', '3.2']);
  expect(madeWhileUsed).toEqual(['made 0.1', 'made 0.1', 'made 3.0', 'made 3.1', 'made 3.2', 'made 3.2']);
  expect(events.filter((event) => event.startsWith('end'))).toHaveLength(4);
});

test('after a source of one value the next one begins with the one that is used', async () => {
  const { events, made } = sources([1, 1, 1]);
  const values = ahead(made);
  await values.next();
  await values.next();
  expect(events.indexOf('begin 2')).toBeLessThan(events.indexOf('end 1'));
  await values.return();
  expect(events.filter((event) => event.startsWith('end')).toSorted()).toEqual(['end 0', 'end 1', 'end 2']);
});

test('an error comes at its turn, and what is under way is told to stop and waited for', async () => {
  const { events, made } = sources([1, 1, 1, 1], 2);
  const seen: string[] = [];
  const run = async (): Promise<void> => {
    for await (const value of ahead(made, () => events.push('stop'))) seen.push(value);
  };
  await expect(run()).rejects.toThrow('source 2');
  expect(seen).toEqual(['0.0', '1.0']);
  expect(events.at(-1)).toBe('end 3');
  expect(events.indexOf('stop')).toBeLessThan(events.indexOf('end 3'));
});
