import { expect, it } from 'vitest';
import { checkSegmentOptions, InvalidOptionError, type SegmentOptions } from '../../src/index.ts';

const NAMES = 'z, region, tile, order, signal, normalise, greyRange, invert';

it.each([
  ['normalize', { normalise: 'model', normalize: 'model' }, `is no option; there are ${NAMES}; received "normalize".`],
  ['tiles', { tiles: 128 }, `is no option; there are ${NAMES}; received "tiles".`],
  ['toString', { toString: 1 }, `is no option; there are ${NAMES}; received "toString".`],
  ['tile', { tile: '256' }, 'must be an integer of at least 1; received "256".'],
  ['tile', { tile: 0 }, 'must be an integer of at least 1; received 0.'],
  ['signal', { signal: 3 }, 'must be an AbortSignal; received 3.'],
  ['signal', { signal: null }, 'must be an AbortSignal; received null.'],
])('%s is refused: %o', (option, options, rule) => {
  const check = (): void => checkSegmentOptions(options as SegmentOptions);
  expect(check).toThrow(InvalidOptionError);
  expect(check).toThrow(expect.objectContaining({ option, message: `${option} ${rule}` }) as Error);
});

it.each<SegmentOptions>([
  {},
  { z: 0, tile: 256, order: 'centre-out', region: { x: 0, y: 0, width: 1, height: 1 } },
  { signal: new AbortController().signal, region: undefined, z: undefined },
  { signal: { aborted: false, throwIfAborted: () => undefined }, normalise: 'model', greyRange: [0, 1], invert: true },
])('%o passes', (options) => {
  expect(() => checkSegmentOptions(options)).not.toThrow();
});
