import { InvalidOptionError } from '@dilated-unet/core';
import { DTYPE_OPTIONS, type DtypeOption, type ResultKind } from './result.ts';

const STORED: Readonly<Record<DtypeOption, (p: Float32Array) => Uint8Array | Uint16Array | Float32Array>> = {
  uint8: (data) => Uint8Array.from(data, (p) => Math.round(p * 255)),
  uint16: (data) => Uint16Array.from(data, (p) => Math.round(p * 65535)),
  float32: (data) => data,
};

/** Probabilities of cell interior. */
export const PROBABILITIES: ResultKind = {
  takes: ['dtype'],
  start: ({ dtype = 'float32' }) => {
    if (!DTYPE_OPTIONS.includes(dtype)) {
      throw new InvalidOptionError('dtype', `must be one of ${DTYPE_OPTIONS.join(', ')}`, dtype);
    }
    const scale = { uint8: ', 255 is 1', uint16: ', 65535 is 1', float32: '' }[dtype];
    return {
      dtype,
      labels: false,
      values: `probabilities of cell interior${scale}`,
      sectionBytes: 0,
      of: ({ width, height, data }) => ({ width, height, data: STORED[dtype](data) }),
    };
  },
};
