import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readJsonFile, writeJsonFile } from '../../src/files/json-file.ts';
import { temporaryFolder } from '../support/temporary.ts';

interface Entry {
  a: number;
  b: string;
}

test('a record comes back as it was written, and nothing is left beside it', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'deep', 'entry.json');
  await writeJsonFile(path, { a: 1, b: 'x' });
  expect(readJsonFile<Entry>(path, ['a', 'b'])).toEqual({ a: 1, b: 'x' });
  expect(readdirSync(join(folder, 'deep'))).toEqual(['entry.json']);
});

test.each([
  ['that is missing', undefined],
  ['that is empty', ''],
  ['that was cut off', '{"a": 1, "b'],
  ['that is no object', 'null'],
  ['of an older form', '{"a": 1}'],
])('a record %s is none', (_name, text) => {
  const path = join(temporaryFolder(), 'entry.json');
  if (text !== undefined) writeFileSync(path, text);
  expect(readJsonFile<Entry>(path, ['a', 'b'])).toBeUndefined();
});
