import { basename } from 'node:path';
import { withServedBrowser } from './browser.ts';
import { openViewerPage, type ViewerPage } from './viewer-page.ts';

/** Longest task of each phase, see `ViewerPage.longestTask`. */
export interface Panning {
  readonly opening: number | null;
  readonly panning: number | null;
  readonly panningWhileSegmenting: number | null;
}

/** Opens `image` in the page, drags and zooms, then segments it and drags meanwhile. */
export function pan(image: string, signal: AbortSignal): Promise<Panning> {
  return withServedBrowser(true, signal, async ({ browser, url }) => {
    const viewer = await openViewerPage(browser, url);
    const { page } = viewer;
    await viewer.longestTask();
    await page.getByLabel('Choose an image file').setInputFiles(image);
    await viewer.says(`${basename(image)} is open`);
    await page.getByRole('img', { name: /^Grey values/ }).waitFor();
    const opening = await viewer.longestTask();
    await page.locator('canvas').first().focus();
    // A pixel of the image for one of the screen.
    await page.keyboard.press('1');
    for (let round = 0; round < 2; round++) await drag(viewer);
    await zoom(viewer);
    const panning = await viewer.longestTask();
    await viewer.press('Segment');
    await viewer.says(/^Segmenting/);
    for (let round = 0; round < 2; round++) await drag(viewer);
    const panningWhileSegmenting = await viewer.longestTask();
    return { opening, panning, panningWhileSegmenting };
  });
}

/** Draws the image 480 x 300 pixels to the upper left, in a second. */
async function drag({ page }: ViewerPage): Promise<void> {
  await page.mouse.move(700, 450);
  await page.mouse.down();
  for (let i = 0; i < 60; i++) {
    await page.mouse.move(700 - i * 8, 450 - i * 5);
    await page.waitForTimeout(12);
  }
  await page.mouse.up();
}

/** Zooms out and in again. */
async function zoom({ page }: ViewerPage): Promise<void> {
  await page.mouse.move(700, 450);
  for (let i = 0; i < 30; i++) {
    await page.mouse.wheel(0, i < 15 ? 240 : -240);
    await page.waitForTimeout(30);
  }
}
