import { expect, it } from 'vitest';
import { base, grownBy, MIB, SIDE, TISSUE, volume } from '../../support/large-volume.ts';

it('a volume that no memory holds is trained on in the memory of its parts and windows: 128 GiB', async () => {
  const shape = [4096, 4096, 4096] as const;
  const array = { shape, chunk: [2, SIDE, SIDE], fill: 0, dtype: 'uint8' } as const;
  const places = Array.from({ length: 64 }, (_, i) => [1000, Math.floor(i / 8), i % 8] as const);
  const images = await volume('images.zarr', array, TISSUE.images.data, places);
  const labels = await volume('labels.zarr', array, TISSUE.labels.data, places);
  const grown = await grownBy({
    ...base,
    data: { kind: 'stacks', images, labels },
    labelKind: 'interior',
    ignoreSections: '1-2000,2003-4096',
  });
  expect(grown).toBeLessThan(512 * MIB);
});
