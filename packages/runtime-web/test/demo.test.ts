import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stackNormalisation, type GreyData, type ModelCard } from '@dilated-unet/core';
import { archive } from '@dilated-unet/model-package';
import { encodeTiffStack, readTiffStack } from '@dilated-unet/stacks';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build, preview, type PreviewServer } from 'vite';
import { CARD, tinyModel, tinyPackage, withRdf } from '../../model-package/test/support/tiny-package.ts';
import { demoConfig } from '../demo/page.ts';
import { PACKAGE } from '../vite.shared.ts';
import { openUrl, type OpenPage } from './support/page.ts';
import { linesImage, nativeResult, smallUnet, smallUnetCard, temporaryFile, testImage } from './support/small-unet.ts';

/** Pictures for people to look at; nothing compares them. */
const SCREENSHOTS = join(PACKAGE, '.cache', 'screenshots');
const IMAGE = testImage(320, 192);
/** TIFF whose decoders are loaded when a file needs them. */
const CODED = [
  'group4-bits.tif',
  'jpeg-uint8-tables.tif',
  'jpeg2000-uint16-tiles.tif',
  'lerc-float32-zstd-strips.tif',
  'zstd-uint16-tiles-big.tif',
];
const LINES = linesImage(320, 192);
const LINES_NORMALISATION = stackNormalisation({ ...LINES, depth: 1 });

/** A PNG of two pixels, the second of which is not grey. */
const COLOUR = new Uint8Array(
  await sharp(Uint8Array.of(7, 7, 7, 9, 8, 9), { raw: { width: 2, height: 1, channels: 3 } })
    .png()
    .toBuffer(),
);

let server: PreviewServer;
let opened: OpenPage;

/** Builds the page as `nx run runtime-web:demo-build` does, and serves the files. */
async function startDemo(model: string | undefined): Promise<PreviewServer> {
  const outDir = mkdtempSync(join(tmpdir(), 'dilated-unet-demo-'));
  const config = demoConfig(model);
  await build({ ...config, build: { ...config.build, outDir, emptyOutDir: true } });
  return preview({ ...config, build: { outDir }, preview: { port: 0, host: '127.0.0.1' } });
}

function address({ resolvedUrls }: PreviewServer): string {
  return resolvedUrls?.local[0] as string;
}

beforeAll(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  server = await startDemo(temporaryFile('small.onnx', smallUnet()));
  opened = await openUrl(address(server), { webgpu: false });
});
afterAll(async () => {
  await opened?.close();
  await server?.close();
});

async function openImage(name: string, bytes: Uint8Array): Promise<void> {
  await opened.page.getByLabel('Choose an image file').setInputFiles(temporaryFile(name, bytes));
}

/** Drops a file on the page. */
async function drop(name: string, bytes: Uint8Array): Promise<void> {
  const { page } = opened;
  const dataTransfer = await page.evaluateHandle(
    ({ name, bytes }) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], name));
      return data;
    },
    { name, bytes: [...bytes] },
  );
  await page.dispatchEvent('#stage', 'drop', { dataTransfer });
}

/** The precisions that can be chosen. */
function precisions(): Promise<string[]> {
  return opened.page
    .getByLabel('Precision')
    .evaluate((select) => [...(select as HTMLSelectElement).options].filter((o) => !o.disabled).map((o) => o.value));
}

async function waitForStatus(text: string): Promise<void> {
  await opened.page.waitForFunction((text) => document.getElementById('status')?.textContent === text, text);
}

/** The section in view, as it is drawn: red, green, blue and opacity. */
function drawn(): Promise<number[]> {
  return opened.page.evaluate(() => {
    const image = document.getElementById('image') as HTMLCanvasElement;
    const { width, height } = image;
    const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    copy?.drawImage(image, 0, 0);
    return [...(copy?.getImageData(0, 0, width, height).data ?? [])];
  });
}

/** A file that the tests of stacks have. */
function tiffFixture(name: string): Uint8Array {
  return new Uint8Array(
    readFileSync(new URL(`../../stacks/test/formats/tiff/fixtures/codecs/${name}`, import.meta.url)),
  );
}

/** Share of the overlay's pixels that have the colour of membrane. */
function membraneShare(): Promise<number> {
  return opened.page.evaluate(() => {
    const overlay = document.getElementById('overlay') as HTMLCanvasElement;
    const { width, height } = overlay;
    const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    copy?.drawImage(overlay, 0, 0);
    const pixels = new Uint32Array(copy?.getImageData(0, 0, width, height).data.buffer ?? []);
    const membrane = 0xff006aff; // alpha, blue, green, red
    return pixels.reduce((count, pixel) => count + (pixel === membrane ? 1 : 0), 0) / (width * height);
  });
}

async function expectedShare(
  data: Uint8Array,
  threshold: number,
  card?: ModelCard,
  model = smallUnet(),
): Promise<number> {
  const probabilities = await nativeResult(model, { ...IMAGE, data }, card);
  const share = probabilities.reduce((count, p) => count + (p < threshold ? 1 : 0), 0) / probabilities.length;
  // Else the comparison would say little.
  expect(Math.min(share, 1 - share)).toBeGreaterThan(0.01);
  return share;
}

describe('the demo page', () => {
  it('segments a PNG with the model it was given, and draws the membranes over it', async () => {
    const { width, height, data } = IMAGE;
    const png = await sharp(data, { raw: { width, height, channels: 1 } })
      .png()
      .toBuffer();
    await openImage('section.png', png);
    await waitForStatus('Done.');
    const { page } = opened;
    expect(await page.locator('#model-name').textContent()).toBe('small-unet (small.onnx)');
    expect(await page.locator('#device-used').textContent()).toBe('wasm, fp32');
    expect(await precisions()).toEqual(['auto', 'fp32']);
    expect(await page.locator('#device-note').textContent()).toContain('Not on WebGPU: The browser offers no WebGPU');
    expect(await page.locator('#tiles').textContent()).toBe('1 of 1');
    expect(await page.locator('#time').textContent()).toMatch(/^\d+\.\d s$/);
    expect(await page.getByLabel('Section', { exact: true }).isVisible()).toBe(false);
    expect(await membraneShare()).toBeCloseTo(await expectedShare(data, 0.5), 3);
  });

  it('redraws for another threshold and opacity', async () => {
    const { page } = opened;
    await page.getByLabel('Interior threshold').fill('0.3');
    await page.getByLabel('Membrane opacity').fill('25');
    expect(await membraneShare()).toBeCloseTo(await expectedShare(IMAGE.data, 0.3), 3);
    expect(await page.locator('#overlay').evaluate((overlay) => getComputedStyle(overlay).opacity)).toBe('0.25');
    await page.getByLabel('Interior threshold').fill('0.5');
    await page.getByLabel('Membrane opacity').fill('60');
  });

  it('opens a TIFF stack, segments the section that is chosen, tile by tile', async () => {
    const { width, height, data } = IMAGE;
    const inverted = data.map((value) => 255 - value);
    const stack = { width, height, depth: 2, data: Uint8Array.of(...data, ...inverted) };
    const { page } = opened;
    await page.getByLabel('Largest tile').selectOption('256');
    await openImage('stack.tif', await encodeTiffStack(stack));
    await waitForStatus('Done.');
    expect(await page.locator('#caption').textContent()).toBe('320 × 192 px, 2 sections');
    expect(await page.locator('#tiles').textContent()).toBe('2 of 2');
    await page.getByLabel('Section', { exact: true }).press('ArrowRight');
    await page.waitForFunction(() => document.getElementById('section-value')?.textContent === '2 of 2');
    await waitForStatus('Done.');
    expect(await membraneShare()).toBeCloseTo(await expectedShare(inverted, 0.5), 3);
    await page.setViewportSize({ width: 1280, height: 900 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(SCREENSHOTS, `demo-${colorScheme}.png`) });
    }
  });

  describe('grey values that are not those of the training', () => {
    // Values of the training, and what converters and detectors make of them.
    const trained = { range: [0, 255], shift: [-0.3, 0.3], contrast: [0.8, 1.2], lineBalance: 0.6 } as const;
    const encode = (data: GreyData): Promise<Uint8Array> =>
      encodeTiffStack({ width: LINES.width, height: LINES.height, depth: 1, data });
    const alert = () => opened.page.getByRole('alert');
    const dark = (): Promise<number> =>
      expectedShare(LINES.data, 0.5, { ...smallUnetCard, normalisation: LINES_NORMALISATION });

    beforeAll(async () => {
      const model = temporaryFile('lines.onnx', smallUnet({ normalisation: LINES_NORMALISATION, greyValues: trained }));
      await opened.page.getByLabel('Choose a model file').setInputFiles(model);
    });
    afterAll(async () => {
      await opened.page.getByLabel('Choose a model file').setInputFiles(temporaryFile('small.onnx', smallUnet()));
      await openImage('stack.tif', await encodeTiffStack({ ...IMAGE, depth: 1 }));
      await waitForStatus('Done.');
    });

    it.each([
      ['16 bit', Uint16Array.from(LINES.data, (v) => v * 257), 'take 0 as black and 65535 as white', '65535'],
      ['12 bit', Uint16Array.from(LINES.data, (v) => v * 16), 'take 0 as black and 4095 as white', '4095'],
      ['0 to 1', Float32Array.from(LINES.data, (v) => v / 255), 'take 0 as black and 1 as white', '1'],
      ['odd', Uint16Array.from(LINES.data, (v) => 20000 + 31 * v), 'normalise by each section', ''],
      ['negative', LINES.data.map((v) => 255 - v), 'invert', ''],
    ])('%s: are refused in figures, and mended by one button', async (name, data, remedy, white) => {
      const { page } = opened;
      await openImage(`${name}.tif`, await encode(data));
      await alert().waitFor();
      expect(await page.locator('#error-text').textContent()).toMatch(
        name === 'negative'
          ? /^negative\.tif: Section 1: .*negative.*balance -0\.\d+ and 0\.60.*Use “Invert”\.$/
          : /mean \S+ and standard/,
      );
      expect(await page.locator('#mend').textContent()).toBe(`Mend: ${remedy}`);
      if (name === '16 bit') {
        for (const [width, height] of [
          [1280, 900],
          [420, 900],
        ] as const) {
          await page.setViewportSize({ width, height });
          await page.screenshot({ path: join(SCREENSHOTS, `demo-grey-${width}.png`), fullPage: true });
        }
        await page.setViewportSize({ width: 1280, height: 900 });
      }
      await page.locator('#mend').click();
      await waitForStatus('Done.');
      expect(await alert().isVisible()).toBe(false);
      expect(await page.getByLabel('White', { exact: true }).inputValue()).toBe(white);
      expect(await membraneShare()).toBeCloseTo(await dark(), 2);
    });

    it('are read as the controls say', async () => {
      const { page } = opened;
      await openImage('plain.tif', await encode(LINES.data));
      await waitForStatus('Done.');
      const plain = await membraneShare();
      expect(plain).toBeCloseTo(await dark(), 3);
      await page.getByLabel('Invert').check();
      await alert().waitFor();
      expect(await page.locator('#mend').textContent()).toBe('Mend: read grey values as they are');
      await page.getByLabel('Invert').uncheck();
      await waitForStatus('Done.');
      await page.getByLabel('Black and white').fill('0');
      await page.getByLabel('Black and white').blur();
      await waitForStatus('Give both black and white, or neither.');
      await page.getByLabel('White', { exact: true }).fill('300');
      await page.getByLabel('White', { exact: true }).blur();
      await waitForStatus('Done.');
      expect(await membraneShare()).not.toBe(plain);
      await page.getByLabel('Normalise by').selectOption('stack');
      await waitForStatus('Done.');
      expect(await page.getByLabel('White', { exact: true }).isDisabled()).toBe(true);
      expect(await membraneShare()).toBeCloseTo(plain, 2);
    });
  });

  it.each([
    ['corrupt.tif', Uint8Array.of(0x49, 0x49, 0x2a, 0, 8, 0, 0, 0, 0xff, 0xff), /corrupt\.tif: .*damaged/],
    ['corrupt.png', Uint8Array.of(1, 2, 3), /corrupt\.png: .*cannot be read as an image/],
    ['colour.png', COLOUR, /colour\.png: The picture is in colour: the pixel at x 1, y 0 has red 9, green 8, blue 9/],
  ])('says in words that %s cannot be opened, and keeps the image it has', async (name, bytes, message) => {
    await openImage(name, bytes);
    const alert = opened.page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(message);
    expect(await alert.textContent()).not.toContain('unexpected');
    expect(await opened.page.locator('#image-name').textContent()).toBe('stack.tif');
  });

  it('says in words that a device cannot be had, and goes on with another', async () => {
    const { page } = opened;
    await page.getByLabel('Device').selectOption('webgpu');
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('no WebGPU adapter');
    await page.getByLabel('Device').selectOption('wasm');
    await waitForStatus('Done.');
    expect(await page.getByRole('alert').isVisible()).toBe(false);
  });

  it('without a model says how to get one, and takes one that is chosen', async () => {
    const bare = await startDemo(undefined);
    const served = opened;
    opened = await openUrl(address(bare), { webgpu: false });
    try {
      const { page } = opened;
      expect(await page.locator('#model-help').innerText()).toContain('npx nx run trainer:train');
      const { width, height, data } = IMAGE;
      await openImage('section.tif', await encodeTiffStack({ width, height, depth: 1, data }));
      await waitForStatus('Choose a model to segment this image.');
      // Each loads its decoder, three of them WebAssembly, from the files of the built page.
      for (const name of CODED) {
        const bytes = tiffFixture(name);
        const pictures: number[][] = [];
        for (const file of [bytes, await encodeTiffStack(await readTiffStack(bytes))]) {
          await openImage(`${pictures.length}-${name}`, file);
          await page.waitForFunction(
            (text) => document.getElementById('image-name')?.textContent?.endsWith(text),
            `${pictures.length}-${name}`,
          );
          pictures.push(await drawn());
        }
        expect(await page.locator('#caption').textContent()).toBe('19 × 11 px, 2 sections');
        expect(new Set(pictures[0]).size, name).toBeGreaterThan(1);
        expect(pictures[0], name).toEqual(pictures[1]);
      }
      await openImage('section.tif', await encodeTiffStack({ width, height, depth: 1, data }));
      await page.waitForFunction(() => document.getElementById('image-name')?.textContent === 'section.tif');
      await page.getByLabel('Choose a model file').setInputFiles(temporaryFile('bad.onnx', Uint8Array.of(1)));
      await page.getByRole('alert').waitFor();
      expect(await page.getByRole('alert').textContent()).toContain('bad.onnx: This is not an ONNX model');
      await page.getByLabel('Choose a model file').setInputFiles(temporaryFile('small.onnx', smallUnet()));
      await waitForStatus('Done.');
      expect(await membraneShare()).toBeCloseTo(await expectedShare(data, 0.5), 3);
      expect(opened.complaints).toEqual([]);
    } finally {
      await opened.close();
      await bare.close();
      opened = served;
    }
  });

  describe('with a package', () => {
    const packed = archive(withRdf(tinyPackage()));
    const used = () => opened.page.locator('#device-used').textContent();
    let packageServer: PreviewServer;
    let served: OpenPage;

    beforeAll(async () => {
      packageServer = await startDemo(temporaryFile('served.zip', packed));
      served = opened;
      opened = await openUrl(address(packageServer), { webgpu: false });
    });
    afterAll(async () => {
      await opened.close();
      await packageServer.close();
      opened = served;
    });

    it('that it was given segments, in the precision that is chosen', async () => {
      const { page } = opened;
      expect(await page.locator('#model-name').textContent()).toBe('served.zip');
      expect(await precisions()).toEqual(['auto']);
      await openImage('section.tif', await encodeTiffStack({ ...IMAGE, depth: 1 }));
      await waitForStatus('Done.');
      expect(await page.locator('#model-name').textContent()).toBe('Tiny U-net (served.zip)');
      expect(await used()).toBe('wasm, fp32');
      expect(await precisions()).toEqual(['auto', 'fp32', 'fp16', 'int8']);
      const share = await expectedShare(IMAGE.data, 0.5, CARD, tinyModel());
      expect(await membraneShare()).toBeCloseTo(share, 3);
      await page.getByLabel('Precision').selectOption('int8');
      await page.waitForFunction(() => document.getElementById('device-used')?.textContent === 'wasm, int8');
      await waitForStatus('Done.');
      expect(await membraneShare()).toBeCloseTo(share, 1);
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.screenshot({ path: join(SCREENSHOTS, 'demo-package.png'), fullPage: true });
    });

    it('that is dropped segments, in the precision of its own choice', async () => {
      const { page } = opened;
      await drop('small.onnx', smallUnet());
      await page.waitForFunction(() => document.getElementById('model-name')?.textContent?.startsWith('small-unet'));
      await waitForStatus('Done.');
      expect(await precisions()).toEqual(['auto', 'fp32']);
      await drop('dropped.zip', packed);
      await page.waitForFunction(() => document.getElementById('model-name')?.textContent?.startsWith('Tiny U-net'));
      await waitForStatus('Done.');
      expect(await page.locator('#model-name').textContent()).toBe('Tiny U-net (dropped.zip)');
      expect(await used()).toBe('wasm, fp32');
      const share = await expectedShare(IMAGE.data, 0.5, CARD, tinyModel());
      expect(await membraneShare()).toBeCloseTo(share, 3);
    });

    it('that is not as it was published says what is wrong with it', async () => {
      const made = tinyPackage();
      made.files.set('model.onnx', tinyModel('fp32', { name: 'another' }));
      await drop('tampered.zip', archive(withRdf(made)));
      const alert = opened.page.getByRole('alert');
      await alert.waitFor();
      expect(await alert.textContent()).toMatch(
        /tampered\.zip: model\.onnx must be the file that the package was published/,
      );
      await opened.page.screenshot({ path: join(SCREENSHOTS, 'demo-package-refused.png'), fullPage: true });
      expect(opened.complaints).toEqual([]);
    });
  });

  it('leaves the console alone', () => {
    expect(opened.complaints).toEqual([]);
  });
});
