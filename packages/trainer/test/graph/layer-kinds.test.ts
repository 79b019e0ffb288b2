import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { RuleTable } from '../../src/graph/layers/index.ts';

const files = (folder: string) => readdirSync(fileURLToPath(new URL(folder, import.meta.url)));

test('a kind without a rule does not compile', () => {
  const { upsample, ...incomplete } = {} as RuleTable;
  // @ts-expect-error a kind is missing
  const table: RuleTable = incomplete;
  expect([table, upsample]).toEqual([{}, undefined]);
});

test('each kind has a file of the same name in core and here', () => {
  const core = files('../../../core/src/network/layers/').filter((file) => !/^(index|rules|input)\.ts$/.test(file));
  const own = files('../../src/graph/layers/').filter((file) => !/^(index|rule)\.ts$/.test(file));
  expect(own).toEqual(core);
});
