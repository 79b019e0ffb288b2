import { readFileSync } from 'node:fs';
import { archive } from '@dilated-unet/model-package';
import { encodeTiffStack, readTiffStack } from '@dilated-unet/stacks';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CARD, tinyModel, tinyPackage, withRdf } from '../../model-package/test/support/tiny-package.ts';
import { nativeResult, smallUnet, testImage } from '../../runtime-web/test/support/small-unet.ts';
import { stillStage } from './support/stage.ts';
import { openViewer, type Viewer } from './support/viewer.ts';

const IMAGE = testImage(320, 192);
/** TIFF whose decoders are loaded when a file needs them. */
const CODED = [
  'group4-bits.tif',
  'jpeg-uint8-tables.tif',
  'jpeg2000-uint16-tiles.tif',
  'lerc-float32-zstd-strips.tif',
  'zstd-uint16-tiles-big.tif',
];

let viewer: Viewer;

beforeAll(async () => {
  viewer = await openViewer({ 'small.onnx': smallUnet() });
});
afterAll(async () => {
  await viewer?.close();
});

/** A file that the tests of stacks have. */
function tiffFixture(name: string): Uint8Array {
  return new Uint8Array(
    readFileSync(new URL(`../../stacks/test/formats/tiff/fixtures/codecs/${name}`, import.meta.url)),
  );
}

const png = async (data: Uint8Array, width: number, channels: 1 | 3): Promise<Uint8Array> =>
  new Uint8Array(
    await sharp(data, { raw: { width, height: data.length / width / channels, channels } })
      .png()
      .toBuffer(),
  );

/** Two pixels, the second of which is not grey. */
const COLOUR = await png(Uint8Array.of(7, 7, 7, 9, 8, 9), 2, 3);

/** Grey values 0 to 400, in 16 bits. */
const DEEP = new Uint8Array(
  await sharp(
    Uint16Array.from({ length: 401 }, (_, i) => i),
    { raw: { width: 401, height: 1, channels: 1 } },
  )
    .toColourspace('grey16')
    .png()
    .toBuffer(),
);

/** What the stage shows, as a picture, once there is something to be seen and it stands still. */
async function shown(): Promise<Buffer> {
  for (;;) {
    const picture = await stillStage(viewer);
    if (((await sharp(picture).stats()).channels[0]?.stdev ?? 0) > 5) return picture;
  }
}

describe('what is opened', () => {
  it.each(CODED)('%s is decoded, its decoder loaded from the files of the built page', async (name) => {
    const bytes = tiffFixture(name);
    const pictures: Buffer[] = [];
    for (const [i, file] of [bytes, await encodeTiffStack(await readTiffStack(bytes))].entries()) {
      await viewer.openImage(`${i}-${name}`, file);
      await viewer.says(`${i}-${name} is open: 19 × 11 pixels, 2 sections.`);
      await viewer.page.getByRole('img', { name: /^Grey values from/ }).waitFor();
      pictures.push(await shown());
    }
    expect(pictures[0]?.equals(pictures[1] as Buffer), name).toBe(true);
  });

  it('several PNGs that are dropped are the sections of a stack, in natural order', async () => {
    const { page } = viewer;
    const grey = (value: number): Promise<Uint8Array> => png(new Uint8Array(64 * 32).fill(value), 64, 1);
    await viewer.drop({ 's10.png': await grey(200), 's2.png': await grey(60) });
    await viewer.says('2 files is open: 64 × 32 pixels, 2 sections.');
    await page.getByRole('img', { name: 'Grey values from 60 to 60' }).waitFor();
    await page.getByLabel('Section', { exact: true }).press('ArrowRight');
    await page.getByRole('img', { name: 'Grey values from 200 to 200' }).waitFor();
  });

  it('an address is opened, and its channel chosen', async () => {
    const { page } = viewer;
    const { width, height, data } = IMAGE;
    const description = 'ImageJ=1.54f\nimages=2\nchannels=2\nmode=composite\n';
    const stack = { width, height, depth: 2, data: Uint8Array.of(...data, ...data.map(() => 77)) };
    const bytes = Buffer.from(await encodeTiffStack(stack, { description }));
    const headers = { 'Access-Control-Allow-Origin': '*' };
    await page.route('https://files.test/**', (route) =>
      route.request().url().endsWith('.tif')
        ? route.fulfill({ body: bytes, contentType: 'image/tiff', headers })
        : route.fulfill({ status: 404, headers }),
    );
    await page.getByRole('button', { name: 'Open an address' }).click();
    await page.locator('input[type=url]:focus').waitFor();
    await page.keyboard.insertText('https://files.test/two-channels.tif');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toMatch(/channels.*“Channel”/);
    await page.getByRole('alert').getByLabel('Channel').fill('2');
    await page.getByRole('button', { name: 'Open it' }).click();
    await viewer.says('two-channels.tif is open: 320 × 192 pixels, one section.');
    await page.getByRole('img', { name: 'Grey values from 77 to 77' }).waitFor();
    await page.waitForFunction(() => location.hash.includes('channel=2'));
  });

  it.each([
    ['corrupt.tif', Uint8Array.of(0x49, 0x49, 0x2a, 0, 8, 0, 0, 0, 0xff, 0xff), /corrupt\.tif: .*damaged/],
    ['corrupt.png', Uint8Array.of(1, 2, 3), /corrupt\.png: .*cannot be read as an image/],
    ['colour.png', COLOUR, /colour\.png: The picture is in colour: the pixel at x 1, y 0 has red 9, green 8, blue 9/],
    ['deep.png', DEEP, /deep\.png: .*16 bits.*browsers keep 8.*TIFF/],
  ])('says in words that %s cannot be opened, and keeps the image it has', async (name, bytes, message) => {
    await viewer.openImage('kept.tif', await encodeTiffStack({ ...IMAGE, depth: 1 }));
    await viewer.says('kept.tif is open');
    await viewer.openImage(name, bytes);
    const alert = viewer.page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(message);
    expect(await alert.textContent()).not.toContain('unexpected');
    expect(await viewer.page.getByText('kept.tif', { exact: true }).isVisible()).toBe(true);
  });
});

describe('models', () => {
  const packed = archive(withRdf(tinyPackage()));
  const precisions = (): Promise<string[]> =>
    viewer.page
      .getByLabel('Precision')
      .evaluate((select) => [...(select as HTMLSelectElement).options].filter((o) => !o.disabled).map((o) => o.value));

  const runsAs = (name: string, device: string): Promise<unknown> =>
    Promise.all([name, device].map((text) => viewer.page.getByText(text, { exact: true }).waitFor()));

  /** Share of the pixels of the saved mask that differ from native ONNX Runtime's. */
  async function difference(): Promise<number> {
    const { data } = await readTiffStack(await viewer.save('Mask'));
    const native = await nativeResult(tinyModel(), IMAGE, CARD);
    return native.filter((p, i) => p > 0.5 !== (data[i] === 255)).length / native.length;
  }

  beforeAll(async () => {
    await viewer.openImage('section.tif', await encodeTiffStack({ ...IMAGE, depth: 1 }));
    await viewer.says('section.tif is open');
  });

  it('a package that is dropped segments, in the precision that is chosen', async () => {
    const { page } = viewer;
    expect(await precisions()).toEqual(['auto']);
    await viewer.drop({ 'dropped.zip': packed });
    await runsAs('Tiny U-net', 'wasm, fp32');
    await viewer.says(/^Done$/);
    expect(await precisions()).toEqual(['auto', 'fp32', 'fp16', 'int8']);
    await page.getByText('Pixels that change class: fp16 0.1 %, int8 0.5 %').waitFor();
    expect(await difference()).toBeLessThan(1e-3);
    await page.getByLabel('Precision').selectOption('int8');
    await runsAs('Tiny U-net', 'wasm, int8');
    await viewer.says(/^Done$/);
    expect(await difference()).toBeLessThan(0.1);
  });

  it('one that is chosen takes its place, in the precision of its own choice', async () => {
    await viewer.openModel('small.onnx', smallUnet());
    await runsAs('small-unet', 'wasm, fp32');
    await viewer.says(/^Done$/);
    expect(await precisions()).toEqual(['auto', 'fp32']);
  });

  it('one that is none, or not as it was published, says what is wrong with it', async () => {
    const alert = viewer.page.getByRole('alert');
    await viewer.openModel('bad.onnx', Uint8Array.of(1));
    await alert.getByText('bad.onnx: This is not an ONNX model').waitFor();
    expect(await viewer.page.getByLabel('Model', { exact: true }).inputValue()).toBe('small.onnx');
    await viewer.save('Mask');
    const made = tinyPackage();
    made.files.set('model-wasm.onnx', tinyModel('fp32', { name: 'another' }));
    await viewer.drop({ 'tampered.zip': archive(withRdf(made)) });
    await alert.getByText(/tampered\.zip: model-wasm\.onnx must be the file that the package was published/).waitFor();
  });

  it('a device that cannot be had is said in words, and another goes on', async () => {
    const { page } = viewer;
    await viewer.openModel('small.onnx', smallUnet());
    await viewer.says(/^Done$/);
    await page.getByLabel('Device').selectOption('webgpu');
    await page.getByRole('alert').getByText('no WebGPU adapter').waitFor();
    await page.getByLabel('Device').selectOption('wasm');
    await viewer.says(/^Done$/);
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('leaves the console alone', () => {
    expect(viewer.complaints()).toEqual([]);
  });
});
