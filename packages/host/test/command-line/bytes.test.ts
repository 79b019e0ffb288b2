import { InvalidArgumentError } from 'commander';
import { expect, test } from 'vitest';
import { bytesOption, bytesText, givenBytesText } from '../../src/command-line/bytes.ts';

test.each([
  ['1.5GB', 1.5e9],
  ['800 mb', 8e8],
  ['2GiB', 2 ** 31],
  ['1024B', 1024],
])('%s are %d bytes', (text, bytes) => {
  expect(bytesOption(text)).toBe(bytes);
});

test.each(['', '1.5', 'GB', '1,5GB', '-1GB', '0GB', '1 parsec'])('%j is refused, with an example', (text) => {
  expect(() => bytesOption(text)).toThrow(InvalidArgumentError);
  expect(() => bytesOption(text)).toThrow('for example 1.5GB');
});

test.each([
  [1.55e9, '1.6 GB'],
  [1.3e9, '1.3 GB'],
  [1.3e9 + 1, '1.4 GB'],
  [820e6, '820 MB'],
  [1, '1 MB'],
])('%d bytes are %s', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});

test.each([
  [1.3e9, '1.3 GB'],
  [1.2999e9, '1.299 GB'],
  [64e9, '64 GB'],
  [820.9e6, '820 MB'],
])('%d bytes that were given are %s', (bytes, text) => {
  expect(givenBytesText(bytes)).toBe(text);
});
