import { evaluateSection, instanceMembranes, summariseSections, type GreyImage } from '@dilated-unet/core';
import { encodeTiffStack } from '@dilated-unet/stacks';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nativeResult, smallUnet, testImage } from '../../runtime-web/test/support/small-unet.ts';
import { stageShare, type IsColour } from './support/stage.ts';
import { openViewer, type Viewer } from './support/viewer.ts';

const IMAGE = testImage(320, 192);
const { width, height } = IMAGE;

let viewer: Viewer;
let native: GreyImage<Float32Array>;

beforeAll(async () => {
  viewer = await openViewer({ 'small.onnx': smallUnet() });
  native = { width, height, data: await nativeResult(smallUnet(), IMAGE) };
  await viewer.openImage('section.tif', await encodeTiffStack({ ...IMAGE, depth: 1 }));
  await viewer.says('section.tif is open');
  await viewer.segment();
  await viewer.page.getByLabel('Opacity').fill('1');
});
afterAll(async () => {
  await viewer?.close();
});

async function openLabels(name: string, data: Uint8Array | Uint16Array, rows = height): Promise<void> {
  const buffer = Buffer.from(await encodeTiffStack({ width, height: rows, depth: 1, data }));
  await viewer.page.getByLabel('Choose a label file').setInputFiles({ name, mimeType: 'image/tiff', buffer });
}

/** What the table says of a measure, once it is there. */
async function score(name: string): Promise<number> {
  return Number(await viewer.page.getByRole('row', { name }).getByRole('cell').first().textContent());
}

/** Labels with stripes of errors. */
const labelled = (p: number, i: number): boolean => p > 0.5 !== i % 97 < 9;

const isMissed: IsColour = (red, green, blue) => red > 200 && green < 60 && blue > 80 && blue < 140;
const isInvented: IsColour = (red, green, blue) => red > 200 && green > 150 && blue < 60;

describe('a result beside labels', () => {
  it('has the measures of the commands, and its errors in colours', async () => {
    const { page } = viewer;
    const labels = Uint8Array.from(native.data, (p, i) => (labelled(p, i) ? 255 : 0));
    await openLabels('labels.tif', labels);
    const { vRand, overlap } = summariseSections([evaluateSection(native, { ...native, data: labels })]);
    expect(await score('V_Rand')).toBeCloseTo(vRand, 3);
    expect(await score('interior Dice')).toBeCloseTo(overlap.interiorDice, 3);
    expect(await page.getByRole('radio', { name: 'Errors' }).isChecked()).toBe(true);
    expect(await stageShare(viewer, isMissed)).toBeGreaterThan(0.005);
    expect(await stageShare(viewer, isInvented, 0.5)).toBeGreaterThan(0.001);
    await openLabels('small.tif', labels.subarray(width), height - 1);
    await page.getByRole('alert').getByText('small.tif has 320 × 191 × 1 pixels').waitFor();
    // Those before stay.
    expect(await page.getByText('labels.tif', { exact: true }).isVisible()).toBe(true);
    expect(await score('V_Rand')).toBeCloseTo(vRand, 3);
  });

  it('has the labels that are dropped on their card, and image and result stay', async () => {
    const { page } = viewer;
    const data = Uint8Array.from(native.data, (p, i) => (labelled(p, i) ? 255 : 0));
    const bytes = await encodeTiffStack({ width, height, depth: 1, data });
    await viewer.drop({ 'dropped.tif': bytes }, page.getByRole('heading', { name: 'Compare with labels' }));
    await page.getByText('dropped.tif', { exact: true }).waitFor();
    expect(await page.getByLabel(/^section\.tif\. /).count()).toBe(1);
    const { vRand } = summariseSections([evaluateSection(native, { ...native, data })]);
    expect(await score('V_Rand')).toBeCloseTo(vRand, 3);
  });

  it('is measured where labels count: as the labelled part cut out, and no errors are shown elsewhere', async () => {
    const { page } = viewer;
    const most = width * (height / 2);
    await openLabels(
      'partial.tif',
      Uint8Array.from(native.data, (p, i) => (i >= most ? 7 : labelled(p, i) ? 255 : 0)),
    );
    await page
      .getByRole('alert')
      .getByText(/found 0, 7, 255\. .*name it \(“Ignored value”\)/)
      .waitFor();
    await page.getByLabel('Ignored value').fill('7');
    await page.keyboard.press('Enter');
    await page.getByText('50.0 % of the pixels of this section count.').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    const cut = { width, height: height / 2, data: native.data.subarray(0, most) };
    const { vRand, vInfo, warpingError, overlap } = summariseSections([
      evaluateSection(cut, { ...cut, data: Uint8Array.from(cut.data, (p, i) => (labelled(p, i) ? 1 : 0)) }),
    ]);
    expect(await score('V_Rand')).toBeCloseTo(vRand, 3);
    expect(await score('V_Info')).toBeCloseTo(vInfo, 3);
    expect(await score('warping error')).toBeCloseTo(warpingError, 3);
    expect(await score('interior Dice')).toBeCloseTo(overlap.interiorDice, 3);
    expect(await stageShare(viewer, isMissed)).toBeGreaterThan(0.002);
    expect(await stageShare(viewer, (...rgb) => isMissed(...rgb) || isInvented(...rgb), 0.5)).toBe(0);
    // What is no number changes nothing.
    await page.getByLabel('Ignored value').fill('');
    await page.keyboard.type('1e');
    await page.keyboard.press('Enter');
    expect(await page.getByLabel('Ignored value').inputValue()).toBe('7');
    await page.getByLabel('Ignored value').fill('');
    await page.getByRole('button', { name: 'Close', exact: true }).click();
  });

  it('is compared with ids of cells, of which membranes are made, and not with those of which a browser loses bits', async () => {
    const { page } = viewer;
    const ids = Uint16Array.from({ length: width * height }, (_, i) => {
      return 300 + 8 * Math.floor(i / width / 40) + Math.floor((i % width) / 50);
    });
    await openLabels('ids.tif', ids);
    await page.getByLabel('Labels other than 0 are').selectOption('ids of cells');
    const { vRand } = summariseSections([evaluateSection(native, instanceMembranes({ width, height, data: ids }, 6))]);
    expect(await score('V_Rand')).toBeCloseTo(vRand, 3);
    const raw = { width, height, channels: 1 } as const;
    const buffer = await sharp(ids, { raw }).toColourspace('grey16').png().toBuffer();
    await page.getByLabel('Choose a label file').setInputFiles({ name: 'ids.png', mimeType: 'image/png', buffer });
    await page
      .getByRole('alert')
      .getByText(/ids\.png: .*16 bits/)
      .waitFor();
    expect(await page.getByText('ids.tif', { exact: true }).isVisible()).toBe(true);
  });
});
