import { InvalidArgumentError } from 'commander';
import { expect, test } from 'vitest';
import { bitOption, integerOption, numberOption } from '../../src/command-line/numbers.ts';

test.each([
  [integerOption(), '-3', -3],
  [integerOption({ least: 8 }), '8', 8],
  [integerOption({ least: 1, most: 3 }), '3', 3],
  [integerOption({ multipleOf: 8 }), '16', 16],
  [numberOption({ least: 0, most: 1 }), '1e-3', 0.001],
  [bitOption, '0', false],
  [bitOption, '1', true],
] as const)('%o takes %j as %j', (read, text, value) => {
  expect(read(text)).toBe(value);
});

test.each([
  [integerOption(), ['1.5', '', ' ', 'one', 'Infinity', '1,5'], 'It must be an integer.'],
  [integerOption({ least: 8 }), ['7', '8.5'], 'It must be an integer of at least 8.'],
  [integerOption({ least: 16, most: 512 }), ['15', '513'], 'It must be an integer from 16 to 512.'],
  [integerOption({ least: 8, multipleOf: 8 }), ['12'], 'It must be an integer of at least 8 and a multiple of 8.'],
  [numberOption({ least: 0, most: 1 }), ['2', '-0.1', 'NaN'], 'It must be a number from 0 to 1.'],
  [bitOption, ['2', 'yes', ''], 'It must be 0 or 1.'],
] as const)('%o refuses %j: %s', (read, texts, message) => {
  for (const text of texts) expect(() => read(text)).toThrow(new InvalidArgumentError(message));
});
