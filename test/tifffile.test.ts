import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSections } from '@dilated-unet/stacks/node';
import { peerPython, TIFFFILE } from '@dilated-unet/tools';
import { expect, test } from 'vitest';
import { jsonLines } from './support/json-lines.ts';

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

/** Ids that float32 does not hold are among them: 2^24 + 1 and 2^32 - 1. */
const VALUES = [0, 1, 2, 16_777_217, 70_000, 0, 4_294_967_295, 3, 4, 5, 6, 7];
const SECTIONS = [0, 1, 2].map((z) => ({
  width: 2,
  height: 2,
  data: Uint32Array.from(VALUES.slice(4 * z, 4 * z + 4)),
}));

test('tifffile reads ids as uint32, all of them, with the scale in ImageJ words', async () => {
  const python = await peerPython(TIFFFILE, () => undefined, new AbortController().signal);
  const read = async (file: string): Promise<object | undefined> =>
    (await jsonLines<object>(python, ['-c', READ, file], 120_000))[0];
  const pixelSize = { z: 50, y: 4, x: 4.5 };
  const scale = {
    imagej: { ImageJ: '1.54f', unit: 'nm', spacing: 50 },
    resolution: [[1_000_000, 4_500_000], [1_000_000, 4_000_000], 1],
  };
  const all = { dtype: 'uint32', series: 1, shape: [3, 2, 2], data: VALUES };
  const folder = await mkdtemp(join(tmpdir(), 'dilated-unet-tifffile-'));
  try {
    const [classic, big] = [join(folder, 'ids.tif'), join(folder, 'ids.tf8')];
    await writeSections(classic, SECTIONS, { depth: 3, pixelSize });
    expect(await read(classic)).toMatchObject({ ...all, ...scale, axes: 'ZYX', bigtiff: false });
    await writeSections(big, SECTIONS, { pixelSize });
    expect(await read(big)).toMatchObject({ ...all, ...scale, bigtiff: true });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
