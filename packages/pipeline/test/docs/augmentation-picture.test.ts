import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AUGMENTATION_KINDS, parseAugmentation, phantom, type AugmentationInput } from '@dilated-unet/trainer';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawAugmentationPictures } from '../../src/docs/augmentation-picture.ts';
import { REPOSITORY } from '@dilated-unet/tools';

const NAMES = [...AUGMENTATION_KINDS, 'tissue'];
const SIDE = 96;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'augmentation-'));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

describe('the pictures', () => {
  it('are one per kind: the window as it is, the same in each, and three draws', async () => {
    const { images, labels } = phantom({ sections: 1, size: SIDE, seed: 3 });
    const paths = await drawAugmentationPictures({ images, labels, folder, seed: 5 });
    expect(paths).toEqual(NAMES.map((name) => join(folder, `${name}.jpg`)));
    const windows = await Promise.all(paths.map(readWindows));
    const [first] = windows[0] as [Uint8Array];
    windows.forEach(([original, ...draws], i) => {
      expect(difference(original as Uint8Array, first)).toBeLessThan(2);
      // Noise and blur are hardly more than what JPEG loses.
      if (!['rotation', 'symmetries', 'scale', 'elastic', 'dark-section', 'tissue'].includes(NAMES[i] as string))
        return;
      for (const draw of draws) expect(difference(draw, first)).toBeGreaterThan(15);
      expect(difference(draws[0] as Uint8Array, draws[1] as Uint8Array)).toBeGreaterThan(3);
    });
  });
});

/** The four windows of a picture, red, green and blue. */
async function readWindows(path: string): Promise<Uint8Array[]> {
  const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([4 * SIDE + 3 * 4, SIDE]);
  return [0, 1, 2, 3].map((k) => {
    const rows = Array.from({ length: SIDE }, (_, y) => {
      const at = 3 * (y * info.width + k * (SIDE + 4));
      return data.subarray(at, at + 3 * SIDE);
    });
    return Buffer.concat(rows);
  });
}

/** Mean absolute difference. */
function difference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] as number)), 0) / a.length;
}

describe('docs/augmentation.md', () => {
  it('shows every kind in a picture that is there, all of them small', async () => {
    const page = await readFile(join(REPOSITORY, 'docs/augmentation.md'), 'utf8');
    const pictures = join(REPOSITORY, 'docs/images/augmentation');
    let bytes = 0;
    for (const name of NAMES) {
      expect(page).toContain(`(images/augmentation/${name}.jpg)`);
      if (name !== 'tissue') expect(page).toContain(`\n### ${name}\n`);
      bytes += (await stat(join(pictures, `${name}.jpg`))).size;
    }
    expect((await readdir(pictures)).sort()).toEqual(NAMES.map((name) => `${name}.jpg`).sort());
    expect(bytes).toBeLessThan(400_000);
  });

  it('states the default amplitudes', async () => {
    const page = await readFile(join(REPOSITORY, 'docs/augmentation.md'), 'utf8');
    const [, json] = /```json\n([^`]*)```/.exec(page) ?? [];
    expect(JSON.parse(json ?? 'null')).toEqual(parseAugmentation('tissue'));
    expect(parseAugmentation(JSON.parse(json ?? 'null') as AugmentationInput)).toEqual(parseAugmentation('tissue'));
  });
});
