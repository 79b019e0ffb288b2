import { readFileSync, writeFileSync } from 'node:fs';
import {
  crop,
  InvalidOptionError,
  resampleImage,
  section,
  type GreyImage,
  type ModelCard,
  type PixelSides,
} from '@dilated-unet/core';
import { pixelFlags } from '@dilated-unet/host';
import type { PixelSize } from '@dilated-unet/stacks';
import { openStack, readStack, writeSections } from '@dilated-unet/stacks/node';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../stacks/test/support/folder.ts';
import { noiseStack } from '../../stacks/test/support/images.ts';
import { readFacts } from '../src/cli/rescale.ts';
import { createSegmenter, segmentStack } from '../src/index.ts';
import { largestDifference, spread } from './support/images.ts';
import { model } from './support/models.ts';
import { runJob, type JobResult } from './support/segment-job.ts';

const STACK = noiseStack(203, 131, 4);
const square = (side: number): PixelSides => ({ y: side, x: side });
const folder = temporaryFolder();

beforeAll(async () => {
  writeFileSync(folder.file('model.onnx'), model('tiny-unet', { pixelSize: square(4) }));
  writeFileSync(folder.file('old.onnx'), model());
  await stack('unstated.tif');
  await stack('six.tif', { z: 50, ...square(6) });
});

async function stack(name: string, pixelSize?: PixelSize): Promise<void> {
  const sections = Array.from({ length: STACK.depth }, (_, z) => section(STACK, z));
  await writeSections(folder.file(name), sections, { depth: STACK.depth, pixelSize });
}

/** What a file states. */
async function pixelSizeOf(name: string): Promise<PixelSize | undefined> {
  const source = await openStack(folder.file(name));
  await source.close?.();
  return source.pixelSize;
}

const run = (input: string, output: string, ...flags: readonly string[]): Promise<JobResult> =>
  runJob(
    folder.path,
    ['--model', 'model.onnx', '--device', 'cpu', '--input', input, '--output', output, '--threads', '1', ...flags],
  ); // prettier-ignore
const probabilities = ['--result', 'probabilities'];

/** What is right for section `z`: resampled as a whole, segmented, brought back. */
async function expected(z: number, to: { width: number; height: number }): Promise<GreyImage<Float32Array>> {
  const segmenter = await createSegmenter({ model: model(), device: 'cpu', threads: 1 });
  const scaled = resampleImage(section(STACK, z), to);
  try {
    for await (const whole of segmentStack(segmenter, { ...scaled, depth: 1 })) {
      return resampleImage(whole, STACK, 'linear');
    }
  } finally {
    await segmenter.dispose();
  }
  throw new Error('there is no section');
}

describe('an input of other pixels than those of the model', () => {
  const to = { width: 305, height: 197 };

  test('is resampled, segmented and brought back, and says its pixels', async () => {
    const { notes, said } = await run('six.tif', 'six-p.tif', ...probabilities);
    expect(notes.join()).toContain('The images have pixels of 6 nm, as the file states; the model was trained at 4 nm');
    expect(said).toContain('4 sections of 203 x 131, probabilities of cell interior (at pixels of 4 nm)');
    const made = await readStack(folder.file('six-p.tif'));
    for (const z of [0, 3]) {
      const right = await expected(z, to);
      expect(spread(right.data)).toBeGreaterThan(0.005);
      expect(largestDifference(section(made, z).data as Float32Array, right.data)).toBeLessThan(1e-5);
    }
    expect(await pixelSizeOf('six-p.tif')).toEqual({ z: 50, ...square(6) });
  });

  test('is what the user says it is, along each axis', async () => {
    await run('unstated.tif', 'said.tif', ...probabilities, '--pixel-size', '8,3', '--sections', '2');
    const right = await expected(1, { width: 152, height: 262 });
    const made = await readStack(folder.file('said.tif'));
    expect(largestDifference(made.data as Float32Array, right.data)).toBeLessThan(1e-5);
    const states = await pixelSizeOf('said.tif');
    expect(states?.y).toBeCloseTo(8);
    expect(states?.x).toBeCloseTo(3);
  });

  test('is the same in parts, tile by tile and after an interruption, to the last bit', async () => {
    const flags = [...probabilities, '--tile', '232'];
    await run('six.tif', 'whole.tif', ...flags);
    await run('six.tif', 'parts.tif', ...flags, '--part', '2/2');
    // The rest is another run, which another size of a pixel would not be.
    const other = run('six.tif', 'parts.tif', ...flags, '--part', '1/2', '--pixel-size', '8');
    await expect(other).rejects.toThrow('`pixelSize` was {"from":{"y":6');
    await run('six.tif', 'parts.tif', ...flags, '--part', '1/2');
    expect(readFileSync(folder.file('parts.tif')).equals(readFileSync(folder.file('whole.tif')))).toBe(true);
    const [made, right] = [await readStack(folder.file('parts.tif')), await expected(2, to)];
    expect(largestDifference(section(made, 2).data as Float32Array, right.data)).toBeLessThan(1e-5);
  });

  test('has regions as they are in the whole', async () => {
    const right = await expected(0, to);
    for (const region of [
      { x: 91, y: 60, width: 37, height: 21 },
      { x: 0, y: 0, width: 1, height: 131 },
      { x: 150, y: 100, width: 53, height: 31 },
    ]) {
      const typed = [region.x, region.y, region.width, region.height].join();
      await run('six.tif', 'part.tif', ...probabilities, '--region', typed, '--sections', '1', '--normalise', 'stack');
      await run('six.tif', 'all.tif', ...probabilities, '--sections', '1', '--normalise', 'stack');
      const [part, all] = [await readStack(folder.file('part.tif')), await readStack(folder.file('all.tif'))];
      expect(part).toMatchObject({ width: region.width, height: region.height });
      const cut = crop({ ...all, data: all.data as Float32Array }, region);
      expect(largestDifference(part.data as Float32Array, cut.data)).toBeLessThan(1e-5);
      expect(right.data.length).toBe(all.data.length);
    }
  });

  test('gives masks and cells of its own size', async () => {
    await run('six.tif', 'mask.tif');
    const [mask, p] = [await readStack(folder.file('mask.tif')), await readStack(folder.file('six-p.tif'))];
    expect([...mask.data]).toEqual([...p.data].map((value) => (value > 0.5 ? 255 : 0)));
    await run('six.tif', 'cells.tif', '--result', 'instances', '--sections', '1-2');
    expect(await readStack(folder.file('cells.tif'))).toMatchObject({ width: 203, height: 131, depth: 2 });
  });

  test('can be looked at', async () => {
    await run('six.tif', 'looked.tif', '--sections', '1', '--preview', 'page');
    expect(readFileSync(folder.file('page/index.html'), 'utf8')).toContain('6 nm, segmented at 4 nm');
  });
});

describe('an input is taken as it is', () => {
  beforeAll(() => run('unstated.tif', 'plain.tif', ...probabilities));
  /** @param states the pixels that the output states. */
  const asItIs = async (input: string, states: PixelSize, ...flags: readonly string[]): Promise<string> => {
    const { notes, said } = await run(input, 'as-it-is.tif', ...probabilities, ...flags);
    expect(said).not.toContain('at pixels of');
    const [made, plain] = [await readStack(folder.file('as-it-is.tif')), await readStack(folder.file('plain.tif'))];
    expect(made).toEqual(plain);
    expect(await pixelSizeOf('as-it-is.tif')).toEqual(states);
    return notes.join();
  };

  test('where it states no other pixels, or the user says so', async () => {
    await stack('near.tif', square(4.3));
    expect(await asItIs('near.tif', square(4.3))).toBe('');
    expect(await asItIs('six.tif', { z: 50, ...square(4) }, '--pixel-size', '4')).toBe('');
  });

  test('by all parts of a run alike, since the output says what the user says', async () => {
    await run('unstated.tif', 'alike.tif', '--part', '2/2', '--pixel-size', '4');
    const first = (...flags: string[]) => run('unstated.tif', 'alike.tif', '--part', '1/2', ...flags);
    await expect(first()).rejects.toThrow('`pixelSize` was {"y":4,"x":4}, and is not given');
    await expect(first('--pixel-size', '4.1')).rejects.toThrow(
      '`pixelSize` was {"y":4,"x":4}, and is {"y":4.1,"x":4.1}',
    );
    await first('--pixel-size', '4');
    expect(await pixelSizeOf('alike.tif')).toEqual(square(4));
    expect((await first('--pixel-size', '4')).said).toContain('is there already, as this command writes it');
    // Another output is wanted than the one that is there.
    await run('unstated.tif', 'alike.tif', '--part', '1/2');
    await run('unstated.tif', 'alike.tif', '--part', '2/2');
    expect(await pixelSizeOf('alike.tif')).toBeUndefined();
  });

  test('and says its own pixels, where the flag is given that the note of the resampling names', async () => {
    const { notes } = await run('six.tif', 'resampled.tif', '--sections', '1');
    const [, option, size] = /as they are, give `(\w+)` ([\d.]+)\.$/.exec(notes.join()) as RegExpExecArray;
    const flag = pixelFlags().find((one) => one.attributeName() === option)?.long as string;
    expect(await asItIs('six.tif', { z: 50, ...square(6) }, flag, size as string)).toBe('');
  });

  test('where it states what no micrograph has, and a note says so', async () => {
    await stack('rubbish.tif', square(1000));
    expect(await asItIs('rubbish.tif', square(1000))).toContain(
      'states pixels of 1000 nm, at which no membrane would be seen',
    );
  });

  test('where the model does not know its pixels', async () => {
    const { notes } = await run('six.tif', 'old.tif', ...probabilities, '--model', 'old.onnx');
    expect(notes).toEqual([]);
    expect(await readStack(folder.file('old.tif'))).toEqual(await readStack(folder.file('plain.tif')));
  });
});

describe('refused before any work is done', () => {
  test('is a size for a model that knows none, unless it is said', async () => {
    const old = (...flags: readonly string[]) => run('unstated.tif', 'x.tif', '--model', 'old.onnx', ...flags);
    await expect(old('--pixel-size', '6')).rejects.toThrow('pixelSize needs a model that knows the size of its pixels');
    await expect(old('--model-pixel-size', '4')).rejects.toThrow('modelPixelSize needs `pixelSize`');
    const { said } = await old('--pixel-size', '6', '--model-pixel-size', '4', '--sections', '1');
    expect(said).toContain('at pixels of 4 nm');
  });

  test('is a size that is far from that of the model', async () => {
    for (const size of ['33', '0.4', '1000']) {
      const far = run('unstated.tif', 'x.tif', '--pixel-size', size);
      await expect(far).rejects.toThrow(InvalidOptionError);
      await expect(far).rejects.toThrow(`received "${Number(size)} nm to 4 nm"`);
    }
  });

  test.each(['0', '-4', 'four', '4,', '4,4,4', '1e9', ''])('is %j', (size) => {
    for (const flag of pixelFlags()) {
      expect(() => flag.parseArg?.(size, undefined)).toThrow('It must be nanometres from 0.1 to 1000');
    }
  });
});

test('memory is reckoned at the pixels of the model, and sections that are held at those of the input', async () => {
  const source = await openStack(folder.file('six.tif'));
  const card = { stride: 8, receptiveFieldRadius: 90 } as ModelCard;
  const rescale = { from: square(6), to: square(4) };
  const facts = readFacts(source, { region: undefined, rescale }, card, 32);
  expect(facts).toMatchObject({ width: 305, height: 197, source: { shape: [4, 197, 305] } });
  expect((facts.sectionBytes as number) * 305 * 197).toBeCloseTo(32 * 203 * 131);
  expect(facts.besideBytes).toBeGreaterThan(0);
  const region = { x: 0, y: 0, width: 20, height: 131 };
  expect(readFacts(source, { region, rescale }, card, 0)).toMatchObject({ width: 128, height: 197 });
  expect(readFacts(source, { region: undefined, rescale: null }, card, 32)).toEqual({
    source,
    width: 203,
    height: 131,
    sectionBytes: 32,
  });
  await source.close?.();
});
