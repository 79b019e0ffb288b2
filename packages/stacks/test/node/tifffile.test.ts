import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readStack, writeSections } from '../../src/node/index.ts';
import { temporaryFolder } from '../support/folder.ts';

/** Made by `npx nx run stacks:bench` and `npx nx run test:mutations`. */
const PYTHON = fileURLToPath(new URL('../../../../.venv-formats/bin/python', import.meta.url));
const READ = `
import json, sys, tifffile
with tifffile.TiffFile(sys.argv[1]) as tiff:
    stack = tiff.asarray()
    page = tiff.pages[0]
    print(json.dumps({
        'dtype': str(stack.dtype), 'axes': tiff.series[0].axes, 'series': len(tiff.series), 'data': stack.ravel().tolist(),
        'shape': stack.shape, 'imagej': tiff.imagej_metadata, 'bigtiff': tiff.is_bigtiff,
        'resolution': [page.tags[tag].value for tag in ('XResolution', 'YResolution', 'ResolutionUnit')],
    }))
`;

const folder = temporaryFolder();
/** Ids that float32 does not hold are among them: 2^24 + 1 and 2^32 - 1. */
const VALUES = [0, 1, 2, 16_777_217, 70_000, 0, 4_294_967_295, 3, 4, 5, 6, 7];
const SECTIONS = [0, 1, 2].map((z) => ({
  width: 2,
  height: 2,
  data: Uint32Array.from(VALUES.slice(4 * z, 4 * z + 4)),
}));

describe.skipIf(!existsSync(PYTHON))('what tifffile reads (.venv-formats, which stacks:bench makes)', () => {
  const read = (file: string): unknown => {
    const { stdout, stderr } = spawnSync(PYTHON, ['-c', READ, file], { encoding: 'utf8' });
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout);
  };

  it('ids as uint32, all of them, with the scale in ImageJ words', { timeout: 120_000 }, async () => {
    const pixelSize = { z: 50, y: 4, x: 4.5 };
    const scale = {
      imagej: { ImageJ: '1.54f', unit: 'nm', spacing: 50 },
      resolution: [[1_000_000, 4_500_000], [1_000_000, 4_000_000], 1],
    };
    const all = { dtype: 'uint32', series: 1, shape: [3, 2, 2], data: VALUES };
    await writeSections(folder.file('ids.tif'), SECTIONS, { depth: 3, pixelSize });
    expect(read(folder.file('ids.tif'))).toMatchObject({ ...all, ...scale, axes: 'ZYX', bigtiff: false });
    await writeSections(folder.file('ids.tf8'), SECTIONS, { pixelSize });
    expect(read(folder.file('ids.tf8'))).toMatchObject({ ...all, ...scale, bigtiff: true });
  });
});

it('ids above 16,777,216 are not read as float32, which has no room for them', async () => {
  await writeSections(folder.file('large.tif'), SECTIONS, { depth: 3 });
  await expect(readStack(folder.file('large.tif'))).rejects.toThrow(/16777216|16,777,216/);
});
