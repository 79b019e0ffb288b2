import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Queue, type Turn } from '../src/queue.ts';

/** `count` users of a queue, in the order in which they got in. */
function users(queue: Queue, count: number): Turn[] {
  const inside: Turn[] = [];
  for (let i = 0; i < count; i++) void queue.enter().then((turn) => inside.push(turn));
  return inside;
}

test('the next one comes in when the one before has left', async () => {
  const inside = users(new Queue(), 3);
  for (const count of [1, 2, 3]) {
    await setImmediate();
    expect(inside).toHaveLength(count);
    inside.at(-1)?.leave();
  }
});

test('one that passes lets one in beside it, and no more until it leaves', async () => {
  const inside = users(new Queue(), 4);
  await setImmediate();
  inside[0]?.pass();
  await setImmediate();
  inside[1]?.pass();
  await setImmediate();
  expect(inside).toHaveLength(2);
  inside[0]?.leave();
  await setImmediate();
  expect(inside).toHaveLength(3);
  inside[2]?.pass();
  await setImmediate();
  expect(inside).toHaveLength(3);
  inside[1]?.leave();
  await setImmediate();
  expect(inside).toHaveLength(4);
});
