import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformWithOxc } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PACKAGE } from '../vite.shared.ts';
import { openTestPage, type OpenPage } from './support/page.ts';
import { nativeResult, smallUnet, testImage } from './support/small-unet.ts';

const README = readFileSync(join(PACKAGE, 'README.md'), 'utf8');
const IMAGE = testImage(160, 96);

let opened: OpenPage;
beforeAll(async () => {
  opened = await openTestPage({ webgpu: false });
  await opened.serve('models/unet.zip', smallUnet());
});
afterAll(() => opened?.close());

/** The first sample in a language. */
function sample(language: string): string {
  const [, code] = new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'm').exec(README) ?? [];
  if (code === undefined) throw new Error(`The README has no sample of ${language}.`);
  return code;
}

it('the first sample draws membranes over the section, which stays as it is', async () => {
  const { page } = opened;
  await page.evaluate(
    ({ html, image: { width, height, data } }) => {
      document.body.innerHTML = html;
      const canvas = document.querySelector('canvas') as HTMLCanvasElement;
      [canvas.width, canvas.height] = [width, height];
      const section = new ImageData(width, height);
      data.forEach((grey, i) => section.data.set([grey, grey, grey, 255], 4 * i));
      canvas.getContext('2d')?.putImageData(section, 0, 0);
    },
    { html: sample('html'), image: { ...IMAGE, data: [...IMAGE.data] } },
  );
  // The page has the package already.
  const { code } = await transformWithOxc(
    sample('ts').replace(/^import .*$/m, 'const { createSegmenter } = unet;'),
    'a.ts',
  );
  await page.evaluate(`(async () => {\n${code}\n})()`);
  const [section, opacities] = await page.evaluate(() =>
    [...document.querySelectorAll('canvas')].map((canvas, layer) => {
      const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) as ImageData;
      return [...data].filter((_, i) => i % 4 === (layer === 0 ? 0 : 3));
    }),
  );
  expect(section).toEqual([...IMAGE.data]);
  const native = await nativeResult(smallUnet(), IMAGE);
  const membranes = opacities?.filter((opacity) => opacity === 160).length ?? 0;
  expect(membranes / native.length).toBeCloseTo(native.filter((p) => p < 0.5).length / native.length, 3);
  expect(membranes).toBeGreaterThan(100);
});
