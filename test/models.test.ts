import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { section, type GreyImage } from '@dilated-unet/core';
import { openModel } from '@dilated-unet/model-package/node';
import { createSegmenter } from '@dilated-unet/runtime-node';
import { encodeTiffStack } from '@dilated-unet/stacks';
import { readStack } from '@dilated-unet/stacks/node';
import { readAbout } from '@dilated-unet/tools';
import { openInitialModel, phantom } from '@dilated-unet/trainer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const MODELS = fileURLToPath(new URL('../models/', import.meta.url));
const CLI = fileURLToPath(new URL('../packages/runtime-node/dist/cli.js', import.meta.url));
/** Tissue that none of them has seen. */
const unseen = phantom({ sections: 1, size: 256, seed: 77 });
const image = section(unseen.images, 0);
const labels = section(unseen.labels, 0);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dilated-unet-shipped-'));
  await writeFile(join(folder, 'stack.tif'), await encodeTiffStack(unseen.images));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Share of the membrane that is found, and share of what is found that is membrane, as one: Dice of the membrane. */
function membraneDice(interior: (i: number) => boolean): number {
  let [both, sum] = [0, 0];
  labels.data.forEach((label, i) => {
    const [found, is] = [!interior(i), label === 0];
    if (found && is) both++;
    sum += Number(found) + Number(is);
  });
  return (2 * both) / sum;
}

test('all files of models/ together have less than 40 MB', async () => {
  const sizes = (await readdir(MODELS)).map(async (name) => (await stat(join(MODELS, name))).size);
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  expect(bytes).toBeLessThan(40_000_000);
  expect(bytes).toBeGreaterThan(1_000_000);
});

describe.each([
  ['isbi-2012', 'unet', 44, 0.5],
  ['phantom', 'unet', 16, 0.8],
])('models/%s.zip', (name, network, filters, least) => {
  const path = join(MODELS, `${name}.zip`);

  test('is whole, and says what its text in the repository says', async () => {
    const model = await openModel(path);
    await model.verifyFiles();
    const about = await readAbout(join(MODELS, `${name}.md`));
    expect(model).toMatchObject({ name: about.name, terms: about.terms ?? about.license, parent: null });
    expect(model.forms.map(({ precision }) => precision)).toEqual(expect.arrayContaining(['fp32', 'fp16', 'int8']));
    expect(model.card.normalise).toBe('section');
    const { network: trained, weights } = await openInitialModel(path);
    expect(trained.name).toBe(network);
    expect(weights.get('encoder1/conv1/kernel')?.shape).toEqual([3, 3, 1, filters]);
  });

  test.each(['fp32', 'int8'] as const)(
    'in %s gives its test, and finds membranes in other grey values too',
    async (precision) => {
      const segmenter = await createSegmenter({ model: path, device: 'cpu', precision });
      expect(segmenter.verified?.passes).toBe(true);
      const dice = async (one: GreyImage): Promise<number> => {
        const { data } = await segmenter.segmentWhole(one);
        return membraneDice((i) => (data[i] as number) > 0.5);
      };
      const found = await dice(image);
      expect(found).toBeGreaterThan(least);
      const spread = { ...image, data: Uint16Array.from(image.data, (value) => 9000 + 77 * value) };
      expect(await dice(spread)).toBeCloseTo(found, 2);
      await segmenter.dispose();
    },
  );
});

test('the command takes isbi-2012 where no model is named, and says under what terms', async () => {
  const files = ['--input', join(folder, 'stack.tif'), '--output', join(folder, 'mask.tif')];
  const { stderr } = await promisify(execFile)(process.execPath, [CLI, ...files, '--device', 'cpu']);
  expect(stderr).toMatch(/@dilated-unet\/models\/isbi-2012\.zip is used.*non-commercial/s);
  const mask = await readStack(join(folder, 'mask.tif'));
  expect(membraneDice((i) => mask.data[i] === 255)).toBeGreaterThan(0.5);
});
