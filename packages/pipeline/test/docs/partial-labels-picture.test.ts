import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { drawPartialLabelsPicture } from '../../src/docs/partial-labels-picture.ts';
import { COLOURS } from '../../src/pictures/paint.ts';
import { temporaryFolder } from '../../../host/test/support/temporary.ts';

const SIDE = 96;
const size = { width: SIDE, height: SIDE };

/** How many pixels of a picture are about of a colour. */
async function pixelsOf(path: string, colour: readonly number[]): Promise<number> {
  const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
  let found = 0;
  for (let i = 0; i < data.length; i += info.channels) {
    if (colour.every((value, c) => Math.abs((data[i + c] as number) - value) < 25)) found++;
  }
  return found;
}

it('shows what labels of a part judge, and says how they score', async () => {
  const output = join(temporaryFolder(), 'docs/partial-labels.jpg');
  // A line of membrane every 16 pixels, of which the prediction lacks those of the lower half.
  const labels = { ...size, data: Uint8Array.from({ length: SIDE ** 2 }, (_, i) => (i % 16 < 3 ? 0 : 255)) };
  const probabilities = {
    ...size,
    data: Float32Array.from(labels.data, (label, i) => (label === 0 && i < SIDE ** 2 / 2 ? 0.1 : 0.9)),
  };
  const image = { ...size, data: labels.data.map((label) => (label === 0 ? 60 : 200)) };
  const said = await drawPartialLabelsPicture({ image, labels, probabilities, output });
  expect(said).toMatch(
    /^40% of the pixels count: membrane Dice 0\.\d{3}, V_Rand 0\.\d{3}; all of them: membrane Dice 0\.667/,
  );
  // More than in the legend: over a dark line, seven tenths of the colour.
  const over = (colour: readonly number[]): number[] => colour.map((value) => 0.7 * value);
  for (const colour of [COLOURS.found, COLOURS.missed, COLOURS.unjudged]) {
    expect(await pixelsOf(output, over(colour)), String(colour)).toBeGreaterThan(100);
  }
  expect(await pixelsOf(output, [86, 92, 150])).toBeGreaterThan(0.5 * SIDE ** 2);
});
