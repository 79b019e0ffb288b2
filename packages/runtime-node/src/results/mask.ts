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
      of: ({ width, height, data }) => {
        const mask = new Uint8Array(data.length);
        // `Uint8Array.from` takes ten times as long, and the next section waits for it (measured: 17 ms for 512 x 512).
        for (let i = 0; i < data.length; i++) mask[i] = (data[i] as number) > threshold ? INTERIOR : 0;
        return { width, height, data: mask };
      },
    };
  },
};
