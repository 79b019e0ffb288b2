import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeTiffStack } from '@dilated-unet/stacks';
import { writeRows } from '@dilated-unet/stacks/node';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nativeResult, smallUnet, testImage } from '../../runtime-web/test/support/small-unet.ts';
import { patchTag } from '../../stacks/test/support/patch.ts';
import { openViewer, type Viewer } from './support/viewer.ts';

const IMAGE = testImage(320, 192);
const { width, height, data } = IMAGE;
const ADDRESS = 'https://files.test/volume.ome.zarr';

let folder: string;
let viewer: Viewer;
let page: Page;
/** How the server answers for chunks. */
let chunks: 'there' | 'missing' | 'failing' = 'there';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dilated-unet-places-'));
  const rows = [0, 1].map((z) => ({ z, y: 0, data: data.slice() }));
  await writeRows(join(folder, 'volume.ome.zarr'), rows, { width, height, depth: 2, pixelSize: { x: 4, y: 4, z: 50 } });
  viewer = await openViewer({ 'small.onnx': smallUnet() });
  ({ page } = viewer);
  await page.route('https://files.test/**', async (route) => {
    const path = decodeURIComponent(new URL(route.request().url()).pathname);
    const headers = { 'Access-Control-Allow-Origin': '*' };
    const isChunk = /\/c\/|\/\d+$/.test(path);
    if (isChunk && chunks === 'failing') return route.fulfill({ status: 500, headers });
    try {
      if (isChunk && chunks === 'missing') throw new Error('missing');
      return await route.fulfill({ body: await readFile(join(folder, path)), headers });
    } catch {
      return route.fulfill({ status: 404, headers });
    }
  });
});
afterAll(async () => {
  await viewer?.close();
  await rm(folder, { recursive: true });
});

async function openAddress(address: string): Promise<void> {
  await page.getByRole('button', { name: 'Open an address' }).click();
  await page.getByLabel('Address of a TIFF or an OME-Zarr').fill(address);
  await page.getByRole('button', { name: 'Open', exact: true }).click();
}

/** Share of the pixels of a saved PNG that differ from the mask of native ONNX Runtime. */
async function difference(): Promise<number> {
  const { data: mask } = await sharp(await viewer.save('Mask', 'PNG'))
    .extractChannel(0)
    .raw()
    .toBuffer({ resolveWithObject: true });
  const native = await nativeResult(smallUnet(), IMAGE);
  expect(mask.length).toBe(native.length);
  return native.filter((p, i) => p > 0.5 !== (mask[i] === 255)).length / native.length;
}

describe('an OME-Zarr', () => {
  it('at an address is opened with its pixel size, segmented, and saved as PNG', async () => {
    await openAddress(ADDRESS);
    await viewer.says('volume.ome.zarr is open: 320 × 192 pixels, 2 sections.');
    expect(await page.getByLabel('Pixel size (nm)').getAttribute('placeholder')).toBe('as stated');
    expect(await page.getByText('320 × 192 px of 4 nm, 2 sections, uint8').isVisible()).toBe(true);
    await viewer.segment();
    expect(await difference()).toBeLessThan(1e-3);
  });

  it('in a folder of this machine is opened', async () => {
    await page.getByLabel('Choose a folder of sections').setInputFiles(join(folder, 'volume.ome.zarr'));
    await viewer.says('volume.ome.zarr is open: 320 × 192 pixels, 2 sections.');
    await viewer.segment();
    expect(await difference()).toBeLessThan(1e-3);
  });

  it('whose chunks are not there is empty, as its standard says; whose server fails, is named', async () => {
    chunks = 'missing';
    await openAddress(ADDRESS.replace('volume', './volume'));
    await page.getByRole('img', { name: 'Grey values from 0 to 0' }).waitFor();
    chunks = 'failing';
    await openAddress(`${ADDRESS}?again`);
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(/volume\.ome\.zarr.*500/);
    chunks = 'there';
  });
});

it('an image of an absurd size is refused, and the page goes on', async () => {
  const file = await encodeTiffStack({ ...IMAGE, depth: 1 });
  const absurd = [256, 257, 278].reduce((bytes, tag) => patchTag(bytes, tag, 2 ** 31 - 1), file);
  await viewer.openImage('absurd.tif', absurd);
  const alert = page.getByRole('alert');
  await alert.getByText(/absurd\.tif: /).waitFor();
  await viewer.openImage('next.tif', file);
  await viewer.says('next.tif is open');
});

describe('the view', () => {
  it('is moved by the small section in its corner', async () => {
    await page.locator('canvas').press('1');
    for (let i = 0; i < 6; i++) await page.getByRole('button', { name: 'Zoom in' }).click();
    const map = page.locator('.minimap');
    const box = await map.boundingBox();
    if (box === null) throw new Error('There is no small section.');
    await page.mouse.click(box.x + 0.25 * box.width, box.y + 0.5 * box.height);
    await page.waitForFunction(() => decodeURIComponent(location.hash).includes('at=80,96,'));
  });

  it('is zoomed by two fingers', async () => {
    const zoom = (): Promise<number> =>
      page.evaluate(() => Number(/at=[\d.]+,[\d.]+,([\d.]+)/.exec(decodeURIComponent(location.hash))?.[1]));
    await page.locator('canvas').press('1');
    await page.waitForFunction(() => /at=[\d.]+,[\d.]+,1(&|$)/.test(decodeURIComponent(location.hash)));
    const session = await page.context().newCDPSession(page);
    const box = await page.locator('canvas').boundingBox();
    const [x, y] = [(box?.x ?? 0) + 300, (box?.y ?? 0) + 300];
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', apart: number) =>
      session.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: type === 'touchEnd' ? [] : [-apart, apart].map((dx, id) => ({ x: x + dx, y, id })),
      });
    await touch('touchStart', 50);
    for (const apart of [60, 80, 100]) await touch('touchMove', apart);
    await touch('touchEnd', 0);
    await page.waitForFunction(() => !/at=[\d.]+,[\d.]+,1(&|$)/.test(decodeURIComponent(location.hash)));
    expect(await zoom()).toBeCloseTo(2, 0);
  });

  it('is saved as a picture', async () => {
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Picture of the view' }).click();
    const picture = sharp(await (await download).path());
    const { width, height } = (await page.locator('canvas').boundingBox()) ?? { width: 0, height: 0 };
    const size = { width: Math.round(width), height: Math.round(height) };
    expect(await picture.metadata()).toMatchObject({ format: 'png', ...size });
    expect((await picture.stats()).channels[0]?.stdev).toBeGreaterThan(5);
    // What is said of it is not behind a dialog, where nobody hears it.
    await viewer.says(/^Saved .*-view\.png$/);
    expect(await page.getByRole('dialog').count()).toBe(0);
  });
});
