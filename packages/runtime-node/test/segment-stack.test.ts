import { InvalidImageError, readableStack, type SegmentedTile, type Segmenter } from '@dilated-unet/core';
import { stackSource, type StackSource } from '@dilated-unet/stacks';
import { expect, test } from 'vitest';
import { createSegmenter, segmentRows, segmentStack, type StackProgress } from '../src/index.ts';
import { noiseStack } from '../../stacks/test/support/images.ts';
import { largestDifference } from './support/images.ts';
import { model } from './support/models.ts';
import { settled } from './support/settled.ts';

/** A segmenter that counts its calls and gives back each section's first value, in two tiles side by side. */
function counting(): { readonly segmenter: Segmenter; started: number; parts: number; ended: number; failAt: number } {
  const counts = { started: 0, parts: 0, ended: 0, failAt: -1 };
  async function* segment(
    source: Parameters<Segmenter['segment']>[0],
    options: Parameters<Segmenter['segment']>[1] = {},
  ): AsyncGenerator<SegmentedTile> {
    const call = counts.started++;
    try {
      const { shape, read } = readableStack(source);
      const [, height, width] = shape;
      const { data } = await read(options.z ?? 0, { x: 0, y: 0, width, height });
      for (const half of [0, 1]) {
        await new Promise((resolve) => setImmediate(resolve));
        options.signal?.throwIfAborted();
        if (call === counts.failAt) throw new Error('this section is cursed');
        const part = new Float32Array((width / 2) * height).fill(data[0] as number);
        counts.parts++;
        yield { x: (half * width) / 2, y: 0, width: width / 2, height, data: part, done: half + 1, total: 2 };
      }
    } finally {
      counts.ended++;
    }
  }
  return Object.assign(counts, {
    segmenter: { card: { normalisation: { mean: 2, std: 1 } }, segment } as unknown as Segmenter,
  });
}

const stack = { width: 4, height: 3, depth: 5, data: Uint8Array.from({ length: 60 }, (_, i) => Math.floor(i / 12)) };

test('sections come in order, with progress over all tiles, and one section is computed ahead', async () => {
  const counts = counting();
  const progress: StackProgress[] = [];
  let z = 0;
  for await (const image of segmentStack(counts.segmenter, stack, { onProgress: (p) => progress.push(p) })) {
    expect(image).toEqual({ width: 4, height: 3, data: new Float32Array(12).fill(z++) });
    await settled();
    expect(counts.started).toBe(Math.min(z + 1, 5));
  }
  expect(z).toBe(5);
  expect(progress.map((p) => p.done)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(progress.map((p) => p.section)).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
  expect(progress.every((p) => p.total === 10 && p.sections === 5)).toBe(true);
});

test('a loop that is left stops the section ahead', async () => {
  const counts = counting();
  for await (const _ of segmentStack(counts.segmenter, stack)) break;
  expect(counts).toMatchObject({ started: 2, ended: 2 });
  // Two of the first section; the second one was not computed to its end.
  expect(counts.parts).toBeLessThan(4);
});

test('the error of a section comes at its turn, and nothing is under way after it', async () => {
  const counts = counting();
  counts.failAt = 2;
  let seen = 0;
  const run = async (): Promise<void> => {
    for await (const _ of segmentStack(counts.segmenter, stack)) seen++;
  };
  await expect(run()).rejects.toThrow('cursed');
  expect(seen).toBe(2);
  // The one behind it had begun, and was stopped.
  expect(counts).toMatchObject({ started: 4, parts: 4, ended: 4 });
});

test('the signal stops the run', async () => {
  const counts = counting();
  const stop = new AbortController();
  const run = async (): Promise<void> => {
    for await (const _ of segmentStack(counts.segmenter, stack, { signal: stop.signal }))
      stop.abort(new Error('enough'));
  };
  await expect(run()).rejects.toThrow('enough');
  expect(counts.ended).toBe(counts.started);
});

test('a source is read section by section, one ahead', async () => {
  const counts = counting();
  const read: number[] = [];
  const whole = stackSource(stack);
  const source: StackSource = { ...whole, read: (z, ...rest) => (read.push(z), whole.read(z, ...rest)) };
  let z = 0;
  for await (const image of segmentStack(counts.segmenter, source)) {
    expect(image.data).toEqual(new Float32Array(12).fill(z++));
    await settled();
    expect(read).toEqual(Array.from({ length: Math.min(z + 1, 5) }, (_, i) => i));
  }
});

test('a section is measured while the one before it is computed, and its error comes at its turn', async () => {
  const counts = counting();
  const partsAtRead: (readonly [z: number, parts: number])[] = [];
  const whole = stackSource(stack);
  const source: StackSource = {
    ...whole,
    read: (z, ...rest) => {
      partsAtRead.push([z, counts.parts]);
      if (z === 2) throw new Error('section 3 cannot be read');
      return whole.read(z, ...rest);
    },
  };
  let seen = 0;
  const run = async (): Promise<void> => {
    for await (const _ of segmentStack(counts.segmenter, source, { normalise: 'section' })) seen++;
  };
  await expect(run()).rejects.toThrow('section 3 cannot be read');
  expect(seen).toBe(2);
  // Each is read once, and the next one before the first of two parts is there.
  expect(partsAtRead.slice(0, 3)).toEqual([
    [0, 0],
    [1, 0],
    [2, 2],
  ]);
});

test('a stack without sections is refused', async () => {
  const empty = { width: 4, height: 3, depth: 0, data: new Uint8Array() };
  await expect(segmentStack(counting().segmenter, empty).next()).rejects.toThrow(InvalidImageError);
});

test('each section is what it is by itself', async () => {
  const segmenter = await createSegmenter({ model: model(), device: 'cpu' });
  const noisy = noiseStack(200, 120, 3);
  let z = 0;
  for await (const { data } of segmentStack(segmenter, noisy)) {
    const alone = await segmenter.segmentWhole({
      width: 200,
      height: 120,
      data: noisy.data.subarray(z * 24_000, ++z * 24_000),
    });
    expect(largestDifference(data, alone.data)).toBe(0);
  }
  expect(z).toBe(3);
  await segmenter.dispose();
});

test('each section is normalised by itself, however early it is begun', async () => {
  const given: unknown[] = [];
  async function* segment(
    _: Parameters<Segmenter['segment']>[0],
    { z, normalise }: Parameters<Segmenter['segment']>[1] = {},
  ): AsyncGenerator<SegmentedTile> {
    await new Promise((resolve) => setTimeout(resolve, 1));
    given.push([z, (normalise as { readonly mean: number }).mean]);
    yield { x: 0, y: 0, width: 4, height: 3, data: new Float32Array(12), done: 1, total: 1 };
  }
  const card = { normalisation: { mean: 2, std: 1 } };
  const uneven = { ...stack, data: stack.data.map((value, i) => 10 * value + (i % 2)) };
  const options = { normalise: 'section' } as const;
  for await (const _ of segmentRows({ card, segment } as unknown as Segmenter, uneven, options));
  expect(given).toEqual([0, 1, 2, 3, 4].map((z) => [z, 10 * z + 0.5]));
});
