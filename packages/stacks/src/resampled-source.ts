import { labelsPart, resampledStack, type GreyImage, type Size } from '@dilated-unet/core';
import { IGNORED } from './labels/ignored.ts';
import { AXES, readingOf, type PixelSize, type StackSource } from './source.ts';

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
    ...readingOf(source),
    read: (z, region, { signal } = {}) => stack.read(z, region, { signal }),
    ...(source.close && { close: () => source.close?.() as Promise<void> }),
  };
}

/**
 * Labels with sections of the sides `to`, resampled as they are read: what `resampleLabels` of core gives of the whole, to the last
 * pixel. Closing them closes `labels`.
 *
 * @param labels 1 interior, 0 membrane, `IGNORED` where they do not count, as `labelSource` gives them.
 */
export function resampledLabels(labels: StackSource, to: Size): StackSource {
  const [depth, height, width] = labels.shape;
  if (to.width === width && to.height === height) return labels;
  return {
    shape: [depth, to.height, to.width],
    axes: AXES,
    dtype: 'uint8',
    ...readingOf(labels),
    read: async (z, region, options) => {
      const part = labelsPart({ width, height }, to, region, { ignore: IGNORED });
      return part.of((await labels.read(z, part.needed, options)) as GreyImage<Uint8Array>);
    },
    ...(labels.close && { close: () => labels.close?.() as Promise<void> }),
  };
}
