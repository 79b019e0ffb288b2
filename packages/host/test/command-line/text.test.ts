import { expect, test } from 'vitest';
import { durationText, textTable } from '../../src/command-line/text.ts';

test.each([
  [0, '0 s'],
  [59.4, '59 s'],
  [59.6, '1 min 00 s'],
  [61, '1 min 01 s'],
  [3599, '59 min 59 s'],
  [3600, '1 h 00 min'],
  [36_061, '10 h 01 min'],
  [-3, '0 s'],
])('%d seconds are %s', (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});

test('a table is aligned: names to the left, numbers to the right', () => {
  const rows = [
    ['name', 'value'],
    ['a', '1'],
    ['longer', '10.25'],
  ];
  expect(textTable(rows)).toBe(['name    value', 'a           1', 'longer  10.25'].join('\n'));
});
