import { readDescription } from '../directory.ts';
import type { Description } from './described.ts';

/**
 * The text that ImageJ writes into its first page: `images`, and of hyperstacks `channels`, `slices` and `frames`, which
 * vary in this order.
 */
export const IMAGEJ: Description = {
  async read(first) {
    const text = await readDescription(first);
    if (text?.startsWith('ImageJ=') !== true) return undefined;
    const size = (key: string): number => Number(new RegExp(`^${key}=(\\d+)\\s*$`, 'm').exec(text)?.[1] ?? 1);
    const [images, channels, slices, frames] = [size('images'), size('channels'), size('slices'), size('frames')];
    const isHyperstack = channels * slices * frames === images;
    return [
      {
        source: 'the ImageJ description',
        sizes: isHyperstack
          ? [
              ['channel', channels],
              ['z', slices],
              ['time', frames],
            ]
          : [['z', images]],
      },
    ];
  },
};
