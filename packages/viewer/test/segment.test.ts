import type { GreyData } from '@dilated-unet/core';
import { encodeTiffStack, readTiffStack } from '@dilated-unet/stacks';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { largestDifference, nativeResult, smallUnet, testImage } from '../../runtime-web/test/support/small-unet.ts';
import { openViewer, type Viewer } from './support/viewer.ts';

const IMAGE = testImage(320, 192);
const INVERTED = IMAGE.data.map((value) => 255 - value);

let viewer: Viewer;

beforeAll(async () => {
  viewer = await openViewer({ 'small.onnx': smallUnet() });
});
afterAll(async () => {
  await viewer?.close();
});

/** What the page saves as the mask of the section in view: 0 or 255. */
async function savedMask(): Promise<GreyData> {
  return (await readTiffStack(await viewer.save('Mask'))).data;
}

async function nativeMask(data: Uint8Array, threshold = 0.5): Promise<Uint8Array> {
  const mask = Uint8Array.from(await nativeResult(smallUnet(), { ...IMAGE, data }), (p) => (p > threshold ? 255 : 0));
  // Else the comparison would say little.
  const share = mask.filter((value) => value === 0).length / mask.length;
  expect(Math.min(share, 1 - share)).toBeGreaterThan(0.01);
  return mask;
}

/** Share of the pixels that differ. */
function difference(a: GreyData, b: GreyData): number {
  expect(a.length).toBe(b.length);
  return [...a].filter((value, i) => value !== b[i]).length / a.length;
}

describe('the viewer', () => {
  it('opens with a section that is ready to be segmented, without having loaded the model or ONNX Runtime', async () => {
    const { page } = viewer;
    expect(await page.getByRole('button', { name: 'Segment', exact: true }).isEnabled()).toBe(true);
    expect(await page.getByRole('status').textContent()).toBe('phantom.tif is open: 512 × 512 pixels, 3 sections.');
    const loaded = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
    expect(loaded.filter((name) => /\.wasm$|small\.onnx|segment-worker/.test(name))).toEqual([]);
  });

  it('segments a PNG by one button, and saves the mask that native ONNX Runtime gives', async () => {
    const { width, height, data } = IMAGE;
    const png = await sharp(data, { raw: { width, height, channels: 1 } })
      .png()
      .toBuffer();
    await viewer.openImage('section.png', png);
    await viewer.says('section.png is open: 320 × 192 pixels, one section.');
    await viewer.segment();
    const { page } = viewer;
    expect(await page.getByText('wasm, fp32').isVisible()).toBe(true);
    expect(await page.getByText(/^The browser offers no WebGPU/).isVisible()).toBe(true);
    expect(await page.getByText('small-unet', { exact: true }).isVisible()).toBe(true);
    expect(await page.getByLabel('Section', { exact: true }).count()).toBe(0);
    expect(difference(await savedMask(), await nativeMask(data))).toBeLessThan(1e-3);
  });

  it('saves for another threshold without running again', async () => {
    const { page } = viewer;
    await page.getByLabel('Interior threshold').fill('0.3');
    expect(difference(await savedMask(), await nativeMask(IMAGE.data, 0.3))).toBeLessThan(1e-3);
    const probability = await readTiffStack(await viewer.save('Probability'));
    expect(probability.data).toBeInstanceOf(Float32Array);
    const native = await nativeResult(smallUnet(), IMAGE);
    expect(largestDifference(probability.data as Float32Array, native)).toBeLessThan(1e-4);
    await page.getByLabel('Interior threshold').fill('0.5');
  });

  it('opens a TIFF stack, and follows from section to section, tile by tile', async () => {
    const { width, height, data } = IMAGE;
    const stack = { width, height, depth: 2, data: Uint8Array.of(...data, ...INVERTED) };
    const { page } = viewer;
    await page.getByLabel('Largest tile').selectOption('256 px');
    await viewer.openImage('stack.tif', await encodeTiffStack(stack));
    await viewer.says('stack.tif is open: 320 × 192 pixels, 2 sections.');
    await viewer.segment();
    expect(await page.getByText('2 of 2', { exact: true }).isVisible()).toBe(true);
    await viewer.segmentsAfter(() => page.getByLabel('Section', { exact: true }).press('ArrowRight'));
    expect(difference(await savedMask(), await nativeMask(INVERTED))).toBeLessThan(1e-3);
    await page.getByLabel('Largest tile').selectOption('auto');
    await viewer.says(/^Done$/);
  });

  it('works without a network once it was used', async () => {
    const { page } = viewer;
    await page.evaluate(async () => void (await navigator.serviceWorker.ready));
    await page.reload();
    await page.getByText('The link is a view of stack.tif, which it does not hold: open that file.').waitFor();
    await viewer.segment();
    await page.context().setOffline(true);
    await page.reload();
    await viewer.says('phantom.tif is open: 512 × 512 pixels, 3 sections.');
    await viewer.segment();
    await page.context().setOffline(false);
  });

  it('leaves the console alone', () => {
    expect(viewer.complaints()).toEqual([]);
  });
});
