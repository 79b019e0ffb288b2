import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cellInstances, type GreyImage } from '@dilated-unet/core';
import { encodeTiffStack, readTiffStack } from '@dilated-unet/stacks';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nativeResult, smallUnet, testImage } from '../../runtime-web/test/support/small-unet.ts';
import { stageShare, type IsColour } from './support/stage.ts';
import { openViewer, type Viewer } from './support/viewer.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const IMAGE = testImage(320, 192);
const { width, height, data } = IMAGE;
const DEPTH = 4;
const STACK = {
  width,
  height,
  depth: DEPTH,
  data: Uint8Array.from({ length: DEPTH * data.length }, (_, i) => data[i % data.length] as number),
};

const SIDE = 2048;
/** Takes a while in small tiles. */
const LARGE = {
  width: SIDE,
  height: SIDE,
  depth: 1,
  data: Uint8Array.from({ length: SIDE ** 2 }, (_, i) => data[i % data.length] as number),
};

let viewer: Viewer;
let native: GreyImage<Float32Array>;

beforeAll(async () => {
  viewer = await openViewer({ 'small.onnx': smallUnet() });
  native = { width, height, data: await nativeResult(smallUnet(), IMAGE) };
  await viewer.openImage('stack.tif', await encodeTiffStack(STACK, { pixelSize: { x: 4, y: 4, z: 50 } }));
  await viewer.says('stack.tif is open');
});
afterAll(async () => {
  await viewer?.close();
});

/** What axe finds serious or worse. */
async function barriers(): Promise<unknown[]> {
  const { page } = viewer;
  await page.addScriptTag({ path: AXE });
  const { violations } = await page.evaluate(() =>
    (
      globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> };
      }
    ).axe.run(),
  );
  return violations
    .filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
}

/** Share of the stage's pixels that have a colour. */
const share = (isMeant: IsColour): Promise<number> => stageShare(viewer, isMeant);

/** A page beside the viewer's, with nothing of it. */
async function anotherPage(): Promise<Page> {
  const page = (await viewer.page.context().browser()?.newPage()) as Page;
  page.setDefaultTimeout(300_000);
  return page;
}

const isMembrane: IsColour = (red, green, blue) => red > 240 && green > 90 && green < 120 && blue < 20;

describe('a result', () => {
  it('is drawn over the image, and drawn again for another threshold without running again', async () => {
    const { page } = viewer;
    await viewer.segment();
    await page.getByLabel('Opacity').fill('1');
    const at = async (threshold: string): Promise<number> => {
      await page.getByLabel('Interior threshold').fill(threshold);
      return share(isMembrane);
    };
    const membrane = (threshold: number): number =>
      native.data.filter((p) => p <= threshold).length / native.data.length;
    const [low, high] = [await at('0.3'), await at('0.6')];
    // The section fills a part of the stage, the same part for both.
    expect(low / high).toBeCloseTo(membrane(0.3) / membrane(0.6), 1);
    await page.getByRole('radio', { name: 'Nothing' }).check();
    expect(await share(isMembrane)).toBe(0);
    await page.getByRole('radio', { name: 'Membrane' }).check();
    await page.getByLabel('Interior threshold').fill('0.5');
  });

  it('is shown as cells, whose smallest size moves without running again, and saved as such', async () => {
    const { page } = viewer;
    const all = cellInstances(native);
    const sizes = new Map<number, number>();
    for (const id of all.labels) sizes.set(id, (sizes.get(id) ?? 0) + 1);
    await page.getByRole('radio', { name: 'Cells' }).check();
    await page.getByText(`${all.count} cells`).waitFor();
    await page.getByLabel('Smallest cell').fill('100');
    const large = cellInstances(native, { minSize: 100 });
    expect(large.count).toBeLessThan(all.count);
    await page.getByText(`${large.count} cells`).waitFor();
    const saved = await readTiffStack(await viewer.save('Cells'));
    expect(saved.data.filter((id, i) => id !== large.labels[i]).length).toBeLessThan(20);
    await page.getByLabel('Smallest cell').fill('0');
  });

  it('is shown beside the image, and swiped over it', async () => {
    const { page } = viewer;
    await page.getByRole('radio', { name: 'Membrane' }).check();
    const over = await share(isMembrane);
    await page.getByRole('radio', { name: 'Swipe' }).check();
    const half = await share(isMembrane);
    expect(half).toBeGreaterThan(0);
    expect(half).toBeLessThan(0.8 * over);
    await page.getByRole('slider', { name: 'Where the result begins' }).press('End');
    // The legend has the colour too.
    expect(await share(isMembrane)).toBeLessThan(0.001);
    await page.getByRole('radio', { name: 'Beside' }).check();
    expect(await share(isMembrane)).toBeGreaterThan(0);
    await page.getByRole('radio', { name: 'Over' }).check();
  });

  it('of all sections is dropped when the user lets it be, and saved as one stack', async () => {
    const { page } = viewer;
    await viewer.segmentsAfter(() => page.getByRole('button', { name: 'All 4 sections' }).click());
    const asked = (): Promise<string> =>
      page.waitForEvent('dialog').then(async (dialog) => {
        await dialog.dismiss();
        return dialog.message();
      });
    let question = asked();
    await page.getByLabel('Largest tile').selectOption('256 px');
    // One was saved above.
    expect(await question).toMatch(/results of 3 sections are not saved/);
    expect(await page.getByLabel('Largest tile').inputValue()).toBe('');
    // Of what cannot be opened nobody is asked.
    await viewer.openImage('corrupt.tif', Uint8Array.of(1, 2, 3));
    await page.getByRole('alert').getByText('corrupt.tif').waitFor();
    question = asked();
    await viewer.openImage('other.tif', await encodeTiffStack({ width, height, depth: 1, data }));
    expect(await question).toMatch(/^Open other\.tif\? The results of 3 sections/);
    await viewer.says('other.tif was not opened.');
    const isAskedOnLeaving = (): Promise<boolean> =>
      page.evaluate(() => !dispatchEvent(new Event('beforeunload', { cancelable: true })));
    expect(await isAskedOnLeaving()).toBe(true);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('radio', { name: 'All segmented (4)' }).check();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save result' }).click();
    const saved = await readTiffStack(new Uint8Array(await readFile(await (await download).path())));
    expect(saved.depth).toBe(DEPTH);
    await viewer.says(/^Saved/);
    expect(await isAskedOnLeaving()).toBe(false);
    const size = width * height;
    expect(saved.data.subarray(3 * size)).toEqual(saved.data.subarray(0, size));
  });

  it('that is dropped while it is saved stays dropped', async () => {
    const { page } = viewer;
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('radio', { name: 'All segmented (4)' }).check();
    const saved = page.waitForEvent('download');
    const tile = await page.getByLabel('Largest tile').elementHandle();
    // In one task of the page, so that nothing is saved yet.
    await viewer.segmentsAfter(() =>
      page.getByRole('button', { name: 'Save result' }).evaluate((button, select) => {
        (button as HTMLButtonElement).click();
        (select as HTMLSelectElement).value = '256';
        (select as HTMLSelectElement).dispatchEvent(new Event('change', { bubbles: true }));
      }, tile),
    );
    await saved;
    await viewer.segmentsAfter(() => page.getByLabel('Section', { exact: true }).press('ArrowRight'));
    // What was segmented in its place is in no file.
    const question = page.waitForEvent('dialog').then(async (dialog) => {
      await dialog.accept();
      return dialog.message();
    });
    await viewer.segmentsAfter(() => page.getByLabel('Largest tile').selectOption('auto'));
    expect(await question).toMatch(/results of 2 sections are not saved/);
  });

  it('stops when it is told to, within a tile, keeps what there is, and goes on', async () => {
    const { page } = viewer;
    await page.getByLabel('Largest tile').selectOption('256 px');
    await viewer.openImage('large.tif', await encodeTiffStack(LARGE));
    await viewer.says('large.tif is open');
    await page.locator('canvas').press('1');
    await page.getByRole('button', { name: 'Segment', exact: true }).click();
    await page.getByText(/^\d+ of \d{2,}$/).waitFor();
    // The key does what the button does, which is disabled: it does not begin again.
    await page.locator('canvas').press('s');
    expect(await page.getByText(/^\d+ of \d{2,}$/).count()).toBe(1);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await viewer.says('Stopped. What is finished stays.');
    expect(await share(isMembrane)).toBeGreaterThan(0);
    expect(await page.getByRole('button', { name: 'Segment', exact: true }).isEnabled()).toBe(true);
    await page.getByLabel('Largest tile').selectOption('auto');
    await viewer.openImage('stack.tif', await encodeTiffStack(STACK, { pixelSize: { x: 4, y: 4, z: 50 } }));
    await viewer.says('stack.tif is open');
    await viewer.segment();
  });
});

describe('the view', () => {
  it('moves by keys, and is what the address says', async () => {
    const { page } = viewer;
    const canvas = page.locator('canvas');
    await canvas.press('1');
    await page.getByRole('contentinfo').getByText('100 %').waitFor();
    expect(await page.getByRole('img', { name: /^Scale bar/ }).getAttribute('aria-label')).toBe('Scale bar of 500 nm');
    await canvas.press('PageDown');
    await page.getByText('section 2 of 4').waitFor();
    await canvas.press('ArrowLeft');
    await page.waitForFunction(() => location.hash.includes('section=2') && location.hash.includes('at=80,96,1'));
  });

  it('says what is under the pointer', async () => {
    const { page } = viewer;
    const box = await page.locator('canvas').boundingBox();
    // The pixel in the middle, as the address says.
    await page.mouse.move((box?.x ?? 0) + (box?.width ?? 0) / 2 + 0.4, (box?.y ?? 0) + (box?.height ?? 0) / 2 + 0.4);
    const bar = page.getByRole('contentinfo');
    await bar.getByText('x 80, y 96').waitFor();
    const at = 96 * width + 80;
    await bar.getByText(`grey value ${data[at]}`, { exact: true }).waitFor();
    await bar.getByText(/^interior 0\.\d{3}$/).waitFor();
    expect(Number((await bar.getByText(/^interior/).textContent())?.slice(9))).toBeCloseTo(native.data[at] ?? NaN, 2);
  });

  it('says which sections have no labels', async () => {
    const { page } = viewer;
    const buffer = Buffer.from(
      await encodeTiffStack({ width, height, depth: 1, data: data.map((v) => (v > 99 ? 1 : 0)) }),
    );
    await page.getByLabel('Choose a label file').setInputFiles({ name: 'first.tif', mimeType: 'image/tiff', buffer });
    await viewer.says('Labels first.tif are open');
    const section = page.getByLabel('Section', { exact: true });
    await section.press('End');
    await page.getByText('This section has no labels.').waitFor();
    await section.press('Home');
    await page.getByText('This section has no labels.').waitFor({ state: 'hidden' });
    expect(await page.getByRole('alert').count()).toBe(0);
    await page.getByRole('button', { name: 'Close', exact: true }).click();
  });

  it('is the same behind a link', async () => {
    const bytes = Buffer.from(await encodeTiffStack(STACK));
    const again = await anotherPage();
    await again.route('**/linked.tif', (route) => route.fulfill({ body: bytes, contentType: 'image/tiff' }));
    const hash = `#url=${viewer.url}linked.tif&pixel-size=8&section=3&at=100,50,2&show=cells&layout=swipe&opacity=0.3&threshold=0.4&min-size=50&contrast=20,200`;
    await again.goto(viewer.url + hash);
    await again.getByRole('status').filter({ hasText: 'linked.tif is open' }).waitFor();
    await again.getByRole('contentinfo').getByText('200 %').waitFor();
    expect(await again.getByText('section 3 of 4').isVisible()).toBe(true);
    expect(await again.getByRole('radio', { name: 'Cells' }).isChecked()).toBe(true);
    expect(await again.getByText('20 to 200').isVisible()).toBe(true);
    await again.waitForTimeout(500);
    expect(decodeURIComponent(new URL(again.url()).hash)).toBe(hash);
    // A file of the user's is no part of a link: it asks for it.
    const own = '#file=own.tif&section=2&at=90,60,2&show=interior';
    await again.goto('about:blank');
    await again.goto(viewer.url + own);
    await again.getByText('The link is a view of own.tif').waitFor();
    await again
      .getByLabel('Choose an image file')
      .setInputFiles({ name: 'own.tif', mimeType: 'image/tiff', buffer: bytes });
    await again.getByText('section 2 of 4').waitFor();
    await again.waitForFunction((hash) => decodeURIComponent(location.hash) === hash, own);
    // One that is put in the address bar of the open page, once that has written its own.
    await again.waitForTimeout(500);
    await again.evaluate(() => (location.hash = '#section=3&at=90,60,2'));
    await again.getByRole('status').filter({ hasText: 'phantom.tif is open' }).waitFor();
    await again.getByText('section 3 of 3').waitFor();
    await again.close();
  });

  it('of a file of the user is that of its link also where the file is chosen before the sample is open, and the link stays until then', async () => {
    const description = 'ImageJ=1.54f\nimages=4\nchannels=2\nslices=2\nhyperstack=true\nmode=composite\n';
    const buffer = Buffer.from(await encodeTiffStack(STACK, { description }));
    const page = await anotherPage();
    const sample = '**/sample/phantom.tif';
    await page.route(sample, () => undefined);
    const link = `${viewer.url}#file=own.tif&channel=2&section=2&at=90,60,2`;
    await page.goto(link);
    await page.getByLabel('Choose an image file').setInputFiles({ name: 'own.tif', mimeType: 'image/tiff', buffer });
    await page.getByText('section 2 of 2').waitFor();
    await page.unroute(sample);
    await page.goto('about:blank');
    await page.goto(link);
    await page.getByRole('status').filter({ hasText: 'phantom.tif is open' }).waitFor();
    await page.waitForTimeout(500);
    expect(decodeURIComponent(page.url())).toBe(link);
    expect(await page.getByText('The link is a view of own.tif').isVisible()).toBe(true);
    await page.close();
  });

  it('leaves the focus where work goes on when what had it goes, or can be pressed no more', async () => {
    const page = await anotherPage();
    await page.goto(viewer.url);
    const status = page.getByRole('status');
    await status.filter({ hasText: 'phantom.tif is open' }).waitFor();
    const press = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).press('Enter');
    const focused = (): Promise<string> =>
      page.evaluate(() => {
        const { tagName, textContent, parentElement } = document.activeElement as Element;
        return tagName === 'INPUT' ? `choice of ${parentElement?.textContent}` : textContent || tagName;
      });
    await press('Labels of the sample');
    await status.filter({ hasText: 'Labels phantom-labels.tif are open.' }).waitFor();
    expect(await focused()).toBe('Close');
    await press('Close');
    expect(await focused()).toBe('Labels of the sample');
    await page
      .getByLabel('Choose an image file')
      .setInputFiles({ name: 'bad.tif', mimeType: '', buffer: Buffer.of(1) });
    await press('Close the message');
    expect(await focused()).toBe('CANVAS');
    const large = Buffer.from(await encodeTiffStack(LARGE));
    await page.getByLabel('Choose an image file').setInputFiles({ name: 'large.tif', mimeType: '', buffer: large });
    await status.filter({ hasText: 'large.tif is open' }).waitFor();
    await page.getByLabel('Largest tile').selectOption('256 px');
    await press('Segment');
    expect(await focused()).toBe('Segment');
    await page.getByText(/^\d+ of \d{2,}$/).waitFor();
    await press('Cancel');
    expect(await focused()).toBe('Cancel');
    const buffer = Buffer.from(await encodeTiffStack(STACK));
    await page.getByLabel('Choose an image file').setInputFiles({ name: 'own.tif', mimeType: '', buffer });
    await status.filter({ hasText: 'own.tif is open' }).waitFor();
    await page.getByLabel('Choose a label file').setInputFiles({ name: 'labels.tif', mimeType: '', buffer });
    await status.filter({ hasText: 'Labels labels.tif are open.' }).waitFor();
    await press('Close');
    expect(await focused()).toMatch(/^choice of Open labels …/);
    await page.close();
  });

  it('has buttons for files that are called as they read', async () => {
    for (const name of [
      'Open Choose an image file',
      'Folder Choose a folder of sections',
      'Your own … Choose a model file',
    ])
      expect(await viewer.page.getByRole('button', { name, exact: true }).count(), name).toBe(1);
  });

  it('bars nobody: axe finds nothing serious, in both themes, wide, narrow and zoomed', async () => {
    const { page } = viewer;
    for (const size of [
      { width: 1280, height: 800 },
      { width: 360, height: 740 },
      // A window of 1280 x 1024 at 400 %.
      { width: 320, height: 256 },
    ]) {
      await page.setViewportSize(size);
      expect((await page.locator('.stage').boundingBox())?.width).toBeGreaterThanOrEqual(size.width / 2);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await barriers()).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(size.width);
      }
    }
    const small = await page.$$eval('button, select, summary, .button, input:not(.visually-hidden)', (controls) =>
      controls
        .map((control) => ({ control, box: control.getBoundingClientRect() }))
        .filter(({ box }) => Math.min(box.width, box.height) < 24)
        .map(({ control }) => control.outerHTML),
    );
    expect(small).toEqual([]);
    await page.setViewportSize({ width: 1280, height: 800 });
    for (const name of ['Save', 'Help', 'Open an address']) {
      await page.getByRole('button', { name, exact: true }).click();
      expect(await barriers()).toEqual([]);
      await page.keyboard.press('Escape');
    }
  });

  it('keeps the colours of the legend and the scale bar where the system takes all others', async () => {
    const { page } = viewer;
    const colours = (): Promise<string[]> =>
      page.$$eval('.legend i', (dots) => dots.map((dot) => getComputedStyle(dot).backgroundColor));
    const before = await colours();
    expect(before).not.toEqual([]);
    await page.emulateMedia({ forcedColors: 'active' });
    expect(await colours()).toEqual(before);
    const [bar, behind, text] = await page.$eval('.scale-bar', (around) => {
      const [bar, scale] = [around.querySelector('i') as Element, around].map((each) => getComputedStyle(each));
      return [bar?.backgroundColor, scale?.backgroundColor, scale?.color];
    });
    expect(bar).toBe(text);
    expect(bar).not.toBe(behind);
    const [taken, around] = await page
      .getByRole('radio', { name: 'Membrane' })
      .evaluate((radio) =>
        [radio.nextElementSibling as Element, document.body].map((each) => getComputedStyle(each).backgroundColor),
      );
    expect(taken).not.toBe(around);
    await page.emulateMedia({ forcedColors: 'none' });
  });

  it('stays in view on a narrow screen while its controls are used, which stay where they are', async () => {
    const { page } = viewer;
    await page.setViewportSize({ width: 360, height: 740 });
    const slider = page.getByLabel('Smallest cell');
    await slider.scrollIntoViewIfNeeded();
    const place = async (of: Locator): Promise<number> => Math.round((await of.boundingBox())?.y ?? NaN);
    expect(await place(page.locator('canvas'))).toBeGreaterThanOrEqual(await place(page.locator('header').first()));
    const before = await place(slider);
    await viewer.segmentsAfter(() => page.locator('canvas').press('s'));
    await page
      .getByLabel('Choose a label file')
      .setInputFiles({ name: 'none.tif', mimeType: 'image/tiff', buffer: Buffer.of(1) });
    await page.getByRole('alert').waitFor();
    expect(await place(slider)).toBe(before);
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('leaves the console alone', () => {
    expect(viewer.complaints()).toEqual([]);
  });
});
