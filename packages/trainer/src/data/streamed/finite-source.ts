import type { StackSource } from '@dilated-unet/stacks';
import { notFinite } from '@dilated-unet/stacks/node';

/** `source`, whose `read` throws InvalidImageError where a grey value is not finite, naming its place. @param name for messages. */
export function finiteSource(source: StackSource, name: string): StackSource {
  if (source.dtype !== 'float32') return source;
  return {
    ...source,
    async read(z, region, options) {
      const image = await source.read(z, region, options);
      const bad = image.data.findIndex((value) => !Number.isFinite(value));
      if (bad < 0) return image;
      const [x, y] = [region.x + (bad % region.width), region.y + Math.floor(bad / region.width)];
      throw notFinite(name, image.data[bad] as number, { x, y, z });
    },
  };
}
