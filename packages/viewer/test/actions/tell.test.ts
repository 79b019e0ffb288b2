import { InvalidImageError, InvalidOptionError } from '@dilated-unet/core';
import { expect, it } from 'vitest';
import { cellsText, clearFailure, showFailure } from '../../src/actions/tell.ts';
import { failure } from '../../src/state.ts';

it.each([
  [0, '0 cells'],
  [1, 'one cell'],
  [2, '2 cells'],
])('cells are counted in words: %i', (count, text) => {
  expect(cellsText(count)).toBe(text);
});

it.each([
  [new InvalidImageError('a.tif has 3 channels. Choose one with `channel`.'), ['channel']],
  [new InvalidOptionError('channel', 'must be a channel from 1 to 3', 7), ['channel']],
  [new InvalidOptionError('time', 'must be a time from 1 to 2', 3), ['time']],
  [new InvalidOptionError('invert', 'must be true or false', 3), null],
])('asks which image, channel or time is meant, also where another was chosen wrongly: %s', (error, planes) => {
  const open = (): void => undefined;
  showFailure('a.tif', error, open);
  expect(failure.value?.choice).toEqual(planes && { planes, open });
  showFailure('a.tif', error);
  expect(failure.value?.choice).toBeNull();
  clearFailure();
});
