import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { createServer, type ViteDevServer } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PACKAGE, pageConfig } from '../vite.shared.ts';
import { openUrl } from './support/page.ts';
import { nativeResult, smallUnet, temporaryFile, testImage } from './support/small-unet.ts';

/** Pictures for people to look at. */
const SCREENSHOTS = join(PACKAGE, '.cache', 'screenshots');
const IMAGE = testImage(704, 600);
let server: ViteDevServer;
let files: Record<'model' | 'image', string>;
/** Share of the pixels that are membrane. */
let membranes: number;

beforeAll(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  const config = pageConfig(`${PACKAGE}examples`);
  server = await createServer({
    ...config,
    appType: 'mpa',
    server: { port: 0, host: '127.0.0.1', hmr: false, watch: null },
  });
  await server.listen();
  const { width, height, data } = IMAGE;
  const png = await sharp(data, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer();
  files = { model: temporaryFile('small.onnx', smallUnet()), image: temporaryFile('section.png', png) };
  const expected = await nativeResult(smallUnet(), IMAGE);
  membranes = expected.filter((p) => p < 0.5).length / expected.length;
  expect(Math.min(membranes, 1 - membranes)).toBeGreaterThan(0.01);
});
afterAll(() => server?.close());

/** The page of an example with its files chosen, when it says that it is done: as a picture. */
async function picture(example: string): Promise<{ readonly data: Buffer; readonly complaints: readonly string[] }> {
  const opened = await openUrl(`${server.resolvedUrls?.local[0]}${example}/`, { webgpu: false, webgl: true });
  try {
    const { page } = opened;
    await page.setViewportSize({ width: 900, height: 760 });
    await page.getByLabel('Model').setInputFiles(files.model);
    await page.getByLabel('Section').setInputFiles(files.image);
    await page.waitForFunction(() => !/^(Choose|Working)/.test(document.getElementById('status')?.textContent ?? ''));
    expect(await page.locator('#status').textContent()).toBe('On wasm.');
    await page.waitForTimeout(1000);
    const path = join(SCREENSHOTS, `example-${example}.png`);
    const shown = page.locator('canvas').first();
    const shot = await shown.screenshot({ path });
    const { data } = await sharp(shot).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    return { data, complaints: opened.complaints };
  } finally {
    await opened.close();
  }
}

/** Share of the pixels of a picture for which `is` holds of red, green and blue. */
function share(data: Buffer, is: (red: number, green: number, blue: number) => boolean): number {
  let count = 0;
  for (let i = 0; i < data.length; i += 3) {
    if (is(data[i] as number, data[i + 1] as number, data[i + 2] as number)) count++;
  }
  return count / (data.length / 3);
}

/** Orange over grey: more red than blue. */
const isOrange = (red: number, _green: number, blue: number): boolean => red > blue + 40;

describe('the example of', () => {
  it('a canvas draws the membranes over the section', async () => {
    const { data, complaints } = await picture('canvas');
    expect(share(data, isOrange)).toBeCloseTo(membranes, 2);
    expect(complaints).toEqual([]);
  });

  it('OpenSeadragon shows them as a layer of tiles', async () => {
    const { data, complaints } = await picture('openseadragon');
    expect(share(data, isOrange)).toBeCloseTo(membranes, 1);
    expect(complaints).toEqual([]);
  });

  it('Viv shows the mask', async () => {
    const { data } = await picture('viv');
    const white = share(data, (red) => red > 200);
    expect(white).toBeCloseTo(1 - membranes, 1);
  });
});
