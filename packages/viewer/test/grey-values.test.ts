import { stackNormalisation, type GreyData } from '@dilated-unet/core';
import { encodeTiffStack, readTiffStack } from '@dilated-unet/stacks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linesImage, nativeResult, smallUnet, smallUnetCard } from '../../runtime-web/test/support/small-unet.ts';
import { openViewer, type Viewer } from './support/viewer.ts';

const LINES = linesImage(320, 192);
const NORMALISATION = stackNormalisation({ ...LINES, depth: 1 });
// Values of the training, and what converters and detectors make of them.
const TRAINED = { range: [0, 255], shift: [-0.3, 0.3], contrast: [0.8, 1.2], lineBalance: 0.6 } as const;

let viewer: Viewer;

beforeAll(async () => {
  viewer = await openViewer({ 'lines.onnx': smallUnet({ normalisation: NORMALISATION, greyValues: TRAINED }) });
});
afterAll(async () => {
  await viewer?.close();
});

const encode = (data: GreyData): Promise<Uint8Array> =>
  encodeTiffStack({ width: LINES.width, height: LINES.height, depth: 1, data });

const alert = () => viewer.page.getByRole('alert');
const segment = () => viewer.page.getByRole('button', { name: 'Segment', exact: true }).click();

/** Share of membrane in the mask that the page saves. */
async function membrane(): Promise<number> {
  const { data } = await readTiffStack(await viewer.save('Mask'));
  return [...data].filter((value) => value === 0).length / data.length;
}

async function nativeMembrane(): Promise<number> {
  const probabilities = await nativeResult(smallUnet(), LINES, { ...smallUnetCard, normalisation: NORMALISATION });
  return probabilities.filter((p) => p <= 0.5).length / probabilities.length;
}

describe('grey values that are not those of the training', () => {
  it.each([
    ['16 bit', Uint16Array.from(LINES.data, (v) => v * 257), 'take 0 as black and 65535 as white', '65535'],
    ['12 bit', Uint16Array.from(LINES.data, (v) => v * 16), 'take 0 as black and 4095 as white', '4095'],
    ['0 to 1', Float32Array.from(LINES.data, (v) => v / 255), 'take 0 as black and 1 as white', '1'],
    ['odd', Uint16Array.from(LINES.data, (v) => 20000 + 31 * v), 'normalise by each section', ''],
    ['negative', LINES.data.map((v) => 255 - v), 'invert', ''],
  ])('%s: are refused in figures, and mended by one button', async (name, data, remedy, white) => {
    const { page } = viewer;
    await viewer.openImage(`${name}.tif`, await encode(data));
    await viewer.says(`${name}.tif is open`);
    await segment();
    await alert().waitFor();
    expect(await alert().textContent()).toMatch(
      name === 'negative'
        ? /^negative\.tif: Section 1: .*negative.*balance -0\.\d+ and 0\.60.*Use “Invert”\./
        : /mean \S+ and standard/,
    );
    await alert()
      .getByRole('button', { name: `Mend: ${remedy}` })
      .click();
    await viewer.says(/^Done$/);
    expect(await alert().count()).toBe(0);
    expect(await page.getByLabel('White', { exact: true }).inputValue()).toBe(white);
    expect(await membrane()).toBeCloseTo(await nativeMembrane(), 2);
  });

  it('are read as the controls say', async () => {
    const { page } = viewer;
    await viewer.openImage('plain.tif', await encode(LINES.data));
    await viewer.says('plain.tif is open');
    await viewer.segment();
    const plain = await membrane();
    expect(plain).toBeCloseTo(await nativeMembrane(), 3);
    await page.getByLabel('Invert').check();
    await alert().waitFor();
    expect(await alert().getByRole('button').first().textContent()).toBe('Mend: read grey values as they are');
    await page.getByLabel('Invert').uncheck();
    await viewer.says(/^Done$/);
    await page.getByLabel('Black and white').fill('0');
    await page.getByLabel('Black and white').blur();
    await viewer.says('Give both black and white, or neither.');
    await page.getByLabel('White', { exact: true }).fill('300');
    await page.getByLabel('White', { exact: true }).blur();
    await viewer.says(/^Done$/);
    expect(await membrane()).not.toBe(plain);
    await viewer.segmentsAfter(() => page.getByLabel('Normalise by').selectOption('stack'));
    expect(await page.getByLabel('White', { exact: true }).isDisabled()).toBe(true);
    expect(await membrane()).toBeCloseTo(plain, 2);
  });
});
