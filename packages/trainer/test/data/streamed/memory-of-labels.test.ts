import { expect, it } from 'vitest';
import { base, grownBy, MIB, SIDE, TISSUE, volume } from '../../support/large-volume.ts';

it('a volume is looked through for its labels in the memory of a band: ids of 2 GiB, of which few are not 0', async () => {
  const shape = [128, 2048, 2048] as const;
  const chunk = [32, SIDE, SIDE] as const;
  const places = [[1, 2, 3], [3, 0, 0]] as const; // prettier-ignore
  const images = await volume('images-2.zarr', { shape, chunk, fill: 7, dtype: 'uint8' }, TISSUE.images.data, places);
  const ids = Array.from(TISSUE.cells?.data ?? [], (id) => id);
  const labels = await volume('labels-2.zarr', { shape, chunk, fill: 65_000, dtype: 'uint32' }, ids, places);
  const grown = await grownBy({
    ...base,
    data: { kind: 'stacks', images, labels },
    labelKind: 'instances',
    ignore: 65_000,
  });
  expect(grown).toBeLessThan(512 * MIB);
});
