import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { memoryBytes, openTiff, readTiffStack } from '../../../src/index.ts';

const FOLDER = new URL('../../../../../../shared/data/isbi-2012/', import.meta.url);
const MISSING = existsSync(FOLDER) ? undefined : 'the ISBI-2012 stacks are not on this machine';

/** What tifffile 2025.5.10 reads: the first 8 pixels, 4 of section 17 (y 300, x 100 to 103), the last 8, the sum. */
const EXPECTED = [
  [
    'train-volume',
    [126, 107, 122, 124, 131, 131, 140, 142],
    [91, 101, 122, 140],
    [198, 197, 195, 173, 199, 199, 199, 201],
    992_187_925,
  ],
  [
    'train-labels',
    [255, 255, 255, 255, 255, 255, 255, 255],
    [255, 255, 255, 255],
    [255, 255, 255, 255, 255, 255, 255, 255],
    1_564_952_850,
  ],
  [
    'test-volume',
    [176, 161, 169, 197, 227, 216, 202, 210],
    [109, 101, 113, 128],
    [180, 180, 173, 183, 182, 165, 165, 177],
    1_001_885_717,
  ],
] as const;

describe.skipIf(MISSING !== undefined)(`ISBI-2012${MISSING ? ` [skipped: ${MISSING}]` : ''}`, () => {
  it.each(EXPECTED)('%s: 30 x 512 x 512, as an independent reader has it', async (name, first, middle, last, total) => {
    const bytes = new Uint8Array(readFileSync(new URL(`${name}.tif`, FOLDER)));
    expect(await openTiff(memoryBytes(bytes))).toMatchObject({ shape: [30, 512, 512], dtype: 'uint8' });
    const { data } = await readTiffStack(bytes);
    expect([...data.subarray(0, 8)]).toEqual(first);
    const at = (17 * 512 + 300) * 512 + 100;
    expect([...data.subarray(at, at + 4)]).toEqual(middle);
    expect([...data.subarray(-8)]).toEqual(last);
    let sum = 0;
    for (const value of data) sum += value;
    expect(sum).toBe(total);
  });
});
