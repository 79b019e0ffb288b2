import { readFileSync } from 'node:fs';
import { crop, resampleImage, stackNormalisation, type GreyImage } from '@dilated-unet/core';
import { encodeTiffStack, memoryBytes, openTiff, readTiffStack } from '@dilated-unet/stacks';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  largestDifference,
  nativeResult,
  smallUnet,
  smallUnetCard,
} from '../../runtime-web/test/support/small-unet.ts';
import { openViewer, type Viewer } from './support/viewer.ts';

const SAMPLE = await readTiffStack(readFileSync(new URL('../public/sample/phantom.tif', import.meta.url)));
const IMAGE = crop(SAMPLE, { x: 100, y: 60, width: 192, height: 160 }) as GreyImage<Uint8Array>;
const { width, height } = IMAGE;
const CARD = { ...smallUnetCard, normalisation: stackNormalisation({ ...IMAGE, depth: 1 }), pixelSize: { y: 4, x: 4 } };
const { pixelSize: _, ...UNKNOWING } = CARD;

let viewer: Viewer;

beforeAll(async () => {
  viewer = await openViewer({ 'at-4-nm.onnx': smallUnet(CARD), 'unknowing.onnx': smallUnet(UNKNOWING) });
});
afterAll(async () => {
  await viewer?.close();
});

/** What is right, as runtime-node makes it: resampled, segmented in one piece and brought back. */
async function expected(to: { readonly width: number; readonly height: number }): Promise<Float32Array> {
  const image = resampleImage(IMAGE, to);
  const data = await nativeResult(smallUnet(CARD), image, CARD);
  return resampleImage({ ...to, data }, { width, height }, 'linear').data;
}

/** What the page saves, and the size of its pixels. */
async function saved(): Promise<{ readonly data: Float32Array; readonly pixelSize: unknown }> {
  const bytes = await viewer.save('Probability');
  const { pixelSize } = await openTiff(memoryBytes(bytes));
  const stack = await readTiffStack(bytes);
  expect([stack.width, stack.height]).toEqual([width, height]);
  return { data: stack.data as Float32Array, pixelSize };
}

const input = () => viewer.page.getByLabel('Pixel size (nm)');
const sentence = () => viewer.page.getByText(/^Sections are resampled|not believed|^The model does not know/);

async function enter(nanometres: string): Promise<void> {
  await input().fill(nanometres);
  await input().blur();
}

async function open(name: string, pixelSize?: { readonly y: number; readonly x: number; z?: number }): Promise<void> {
  await viewer.openImage(name, await encodeTiffStack({ ...IMAGE, depth: 1 }, pixelSize && { pixelSize }));
  await viewer.says(`${name} is open`);
}

describe('an image that states other pixels than the model', () => {
  it('is segmented at those of the model, says so, and its result has its own size and pixels', async () => {
    const { page } = viewer;
    // Several tiles at the pixels of the model.
    await page.getByLabel('Largest tile').selectOption('256 px');
    await open('coarse.tif', { y: 8, x: 8, z: 40 });
    expect(await input().getAttribute('placeholder')).toBe('as stated');
    await viewer.segment();
    expect(await sentence().textContent()).toBe(
      "Sections are resampled from 8 nm to the model's 4 nm, and results brought back.",
    );
    const { data, pixelSize } = await saved();
    expect(pixelSize).toEqual({ y: 8, x: 8, z: 40 });
    expect(largestDifference(data, await expected({ width: 2 * width, height: 2 * height }))).toBeLessThan(1e-4);
  });

  it('is segmented at the size that is entered; emptied, at that of the file again', async () => {
    await viewer.segmentsAfter(() => enter('6'));
    expect(await sentence().textContent()).toContain('from 6 nm to');
    const entered = await saved();
    expect(entered.pixelSize).toEqual({ y: 6, x: 6, z: 40 });
    expect(largestDifference(entered.data, await expected({ width: 288, height: 240 }))).toBeLessThan(1e-4);
    await viewer.page.waitForFunction(() => location.hash.includes('pixel-size=6'));

    await viewer.segmentsAfter(() => enter('4.3'));
    expect(await sentence().count()).toBe(0);
    const same = await expected(IMAGE);
    expect(largestDifference((await saved()).data, same)).toBeLessThan(1e-4);
    // Else the comparisons would say little.
    expect(largestDifference(entered.data, same)).toBeGreaterThan(0.05);

    await viewer.segmentsAfter(() => enter(''));
    expect(await sentence().textContent()).toContain('from 8 nm to');
    expect((await saved()).pixelSize).toEqual({ y: 8, x: 8, z: 40 });
  });

  it('keeps its result where a size changes nothing but lengths', async () => {
    const { page } = viewer;
    await open('near.tif', { y: 4, x: 4 });
    await viewer.segment();
    expect(await sentence().count()).toBe(0);
    await page.locator('canvas').press('1');
    const bar = page.getByRole('img', { name: /^Scale bar/ });
    const before = await bar.getAttribute('aria-label');
    await enter('3.8');
    expect(await page.getByRole('progressbar').getAttribute('value')).toBe('1');
    await enter('0.4');
    await viewer.page
      .getByRole('alert')
      .getByText(/“Pixel size \(nm\)” must not make pixels more than 8 times/)
      .waitFor();
    expect(await bar.getAttribute('aria-label')).not.toBe(before);
  });
});

describe('an image that does not state its pixels', () => {
  it('is segmented as it is, until they are entered', async () => {
    const { page } = viewer;
    const png = await sharp(IMAGE.data, { raw: { width, height, channels: 1 } })
      .png()
      .toBuffer();
    await viewer.openImage('section.png', png);
    await viewer.says('section.png is open');
    expect(await input().inputValue()).toBe('');
    expect(await input().getAttribute('placeholder')).toBe('unknown');
    await viewer.segment();
    expect(await sentence().count()).toBe(0);
    const { data, pixelSize } = await saved();
    expect(pixelSize).toBeUndefined();
    expect(largestDifference(data, await expected(IMAGE))).toBeLessThan(1e-4);
    await viewer.segmentsAfter(() => enter('8'));
    const coarse = await expected({ width: 2 * width, height: 2 * height });
    expect(largestDifference((await saved()).data, coarse)).toBeLessThan(1e-4);
    await enter('2000');
    await page
      .getByRole('alert')
      .getByText(/“Pixel size \(nm\)” must be nanometres from 0.1 to 1000/)
      .waitFor();
    expect(await sentence().textContent()).toContain('from 8 nm to');
  });

  it('or states what cannot be, is segmented as it is, which is said', async () => {
    await open('printed.tif', { y: 352778, x: 352778 });
    await viewer.segment();
    expect(await sentence().textContent()).toMatch(/^The file states pixels of .* not believed.*“Pixel size \(nm\)”/);
    expect(largestDifference((await saved()).data, await expected(IMAGE))).toBeLessThan(1e-4);
    await viewer.segmentsAfter(() => enter('8'));
    expect(await sentence().textContent()).toContain('from 8 nm to');
  });
});

it('a model that does not know its pixels takes sections as they are, which is said, until one says it', async () => {
  const { page } = viewer;
  await open('coarse.tif', { y: 8, x: 8 });
  await page.getByLabel('Model', { exact: true }).selectOption('unknowing.onnx');
  await viewer.segment();
  expect(await sentence().count()).toBe(0);
  expect(largestDifference((await saved()).data, await expected(IMAGE))).toBeLessThan(1e-4);
  await enter('6');
  await sentence().getByText('The model does not know the size of its pixels').waitFor({ state: 'attached' });
  expect((await saved()).pixelSize).toEqual({ y: 6, x: 6 });
  const ofModel = page.getByLabel('Pixel size of the model (nm)');
  await viewer.segmentsAfter(async () => {
    await ofModel.fill('4');
    await ofModel.blur();
  });
  expect(await sentence().textContent()).toContain("from 6 nm to the model's 4 nm");
  expect(largestDifference((await saved()).data, await expected({ width: 288, height: 240 }))).toBeLessThan(1e-4);
  await viewer.segmentsAfter(() => page.getByLabel('Model', { exact: true }).selectOption('at-4-nm.onnx'));
  expect(await ofModel.count()).toBe(0);
});

it('leaves the console alone', () => {
  expect(viewer.complaints()).toEqual([]);
});
