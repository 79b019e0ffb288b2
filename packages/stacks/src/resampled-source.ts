import { resampledStack, type Size } from '@dilated-unet/core';
import { AXES, type PixelSize, type StackSource } from './source.ts';

/**
 * `source` with sections of the sides `to`, resampled as they are read (see `resampledStack` of core): of one dtype with it, of the
 * same extent, and read part by part as it is. Closing it closes `source`.
 *
 * @param pixelSize of the new pixels. @default what follows from that of `source`, where it is known
 * @throws as `resampledStack`.
 */
export function resampledSource(source: StackSource, to: Size, pixelSize?: PixelSize): StackSource {
  const [depth, height, width] = source.shape;
  const stack = resampledStack(source, to);
  const { z, y, x } = source.pixelSize ?? {};
  const followed =
    y === undefined || x === undefined
      ? undefined
      : { ...(z !== undefined && { z }), y: (y * height) / to.height, x: (x * width) / to.width };
  const size = pixelSize ?? followed;
  return {
    shape: [depth, to.height, to.width],
    axes: AXES,
    dtype: source.dtype,
    ...(size && { pixelSize: size }),
    read: (z, region, { signal } = {}) => stack.read(z, region, { signal }),
    ...(source.close && { close: () => source.close?.() as Promise<void> }),
  };
}
