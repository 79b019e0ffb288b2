import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readStamp, writeStamp } from '../../src/files/stamp.ts';
import { temporaryFolder } from '../support/temporary.ts';

interface Stamp {
  a: number;
  b: string;
}

test('a stamp comes back as it was written, and nothing is left beside it', () => {
  const folder = temporaryFolder();
  const path = join(folder, 'deep', 'stamp.json');
  writeStamp(path, { a: 1, b: 'x' });
  expect(readStamp<Stamp>(path, ['a', 'b'])).toEqual({ a: 1, b: 'x' });
  expect(readdirSync(join(folder, 'deep'))).toEqual(['stamp.json']);
});

test.each([
  ['that is missing', undefined],
  ['that is empty', ''],
  ['that was cut off', '{"a": 1, "b'],
  ['that is no object', 'null'],
  ['of an older form', '{"a": 1}'],
])('a stamp %s is none', (_name, text) => {
  const path = join(temporaryFolder(), 'stamp.json');
  if (text !== undefined) writeFileSync(path, text);
  expect(readStamp<Stamp>(path, ['a', 'b'])).toBeUndefined();
});
