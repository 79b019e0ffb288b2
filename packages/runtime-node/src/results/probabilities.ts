import { InvalidOptionError } from '@dilated-unet/core';
import { DTYPE_OPTIONS, type DtypeOption, type ResultKind } from './result.ts';

const STORED: Readonly<Record<DtypeOption, (p: Float32Array) => Uint8Array | Uint16Array | Float32Array>> = {
  uint8: (data) => wholeNumbers(data, new Uint8Array(data.length), 255),
  uint16: (data) => wholeNumbers(data, new Uint16Array(data.length), 65535),
  float32: (data) => data,
};

/** `data` times `scale`, rounded, in `out`. `from` of a typed array takes ten times as long. */
function wholeNumbers<T extends Uint8Array | Uint16Array>(data: Float32Array, out: T, scale: number): T {
  for (let i = 0; i < data.length; i++) out[i] = Math.round((data[i] as number) * scale);
  return out;
}

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
