import { join } from 'node:path';
import { phantom } from '@dilated-unet/trainer';
import { writeRawChunk, writeRawZarr, type RawZarr } from '../../../trainer/test/support/raw-zarr.ts';

/** Sections of the stack; the last ones have labels, others nothing at all. */
export const [SECTIONS, LABELLED] = [300, 4] as const;
/** What says so. */
export const UNLABELLED = `1-${SECTIONS - LABELLED}`;

const [SIDE, TILE, LAYER] = [2048, 512, 2] as const;

/** Writes images and labels of 2.3 GiB, of which few are stored, into `folder`, as a training takes them. */
export async function writeLargeStack(folder: string): Promise<{ readonly images: string; readonly labels: string }> {
  const tissue = phantom({ sections: 1, size: TILE, seed: 3 });
  const paths = { images: join(folder, 'train-volume.zarr'), labels: join(folder, 'train-labels.zarr') };
  for (const [what, path] of Object.entries(paths)) {
    const { data } = tissue[what as keyof typeof paths];
    const array: RawZarr = { shape: [SECTIONS, SIDE, SIDE], chunk: [LAYER, TILE, TILE], fill: 0, dtype: 'uint8' };
    await writeRawZarr(path, array);
    for (let layer = (SECTIONS - LABELLED) / LAYER; layer < SECTIONS / LAYER; layer++) {
      for (let k = 0; k < (SIDE / TILE) ** 2; k++) {
        const place = [layer, Math.floor(k / (SIDE / TILE)), k % (SIDE / TILE)] as const;
        await writeRawChunk(path, array, place, (_, y, x) => data[(y % TILE) * TILE + (x % TILE)] as number);
      }
    }
  }
  return paths;
}
