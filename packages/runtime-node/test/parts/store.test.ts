import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../stacks/test/support/folder.ts';
import type { Plan } from '../../src/parts/plan.ts';
import { PartsStore, type SectionToAdd } from '../../src/parts/store.ts';

const folder = temporaryFolder();
const plan = { format: 1, input: {}, sections: [0], model: {}, decided: {} } as unknown as Plan;

/** A section of `ids`, one row of them. */
const section = (ids: Uint32Array): SectionToAdd => ({
  width: ids.length,
  height: 1,
  dtype: 'uint32',
  rows: (async function* () {
    yield await Promise.resolve({ y: 0, width: ids.length, height: 1, isLast: true, data: ids });
  })(),
});

test('ids above 2 ** 24, which float32 does not hold, are read as they were added', async () => {
  const store = await PartsStore.open(folder.file('cells.tif'));
  const ids = Uint32Array.of(0, 1, 2 ** 24, 2 ** 24 + 1, 2 ** 32 - 1, 2 ** 24 + 1);
  await store.add(0, section(ids), plan);
  for await (const { data } of store.read(0, 'uint32')) expect(data).toEqual(ids);
  expect.assertions(1);
});
