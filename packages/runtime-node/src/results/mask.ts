import { InvalidOptionError } from '@dilated-unet/core';
import type { ResultKind } from './result.ts';

/** Interior is where the probability is above this. */
export const DEFAULT_THRESHOLD = 0.5;
const INTERIOR = 255;

/** uint8: 255 is cell interior, 0 membrane. */
export const MASK: ResultKind = {
  takes: ['threshold'],
  start: ({ threshold = DEFAULT_THRESHOLD }) => {
    if (!(threshold >= 0 && threshold <= 1)) {
      throw new InvalidOptionError('threshold', 'must be from 0 to 1', threshold);
    }
    return {
      dtype: 'uint8',
      labels: true,
      values: '255 cell interior, 0 membrane',
      sectionBytes: 0,
      of: ({ width, height, data }) => ({
        width,
        height,
        data: Uint8Array.from(data, (p) => (p > threshold ? INTERIOR : 0)),
      }),
    };
  },
};
