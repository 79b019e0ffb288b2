import { cheapestTiling, InvalidOptionError, type GreyImage } from '@dilated-unet/core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSegmenter, type NodeSegmenter } from '../src/index.ts';
import { noise } from '../../stacks/test/support/images.ts';
import { largestDifference, spread } from './support/images.ts';
import { graph, model, NORMALISATION, stages } from './support/models.ts';

/** What ONNX Runtime gives for the whole image, called directly; the padding is written out here once more. */
async function wholeImage({ width, height, data }: GreyImage): Promise<Float32Array> {
  const paddedWidth = Math.ceil(width / 8) * 8;
  const paddedHeight = Math.ceil(height / 8) * 8;
  const reflect = (i: number, n: number): number => (i < n ? i : 2 * (n - 1) - i);
  const scores = new Float32Array(paddedWidth * paddedHeight);
  for (let y = 0; y < paddedHeight; y++) {
    for (let x = 0; x < paddedWidth; x++) {
      const value = data[reflect(y, height) * width + reflect(x, width)] as number;
      scores[y * paddedWidth + x] = (value - NORMALISATION.mean) / NORMALISATION.std;
    }
  }
  const session = await InferenceSession.create(graph());
  const { interior } = await session.run({ image: new Tensor('float32', scores, [1, paddedHeight, paddedWidth, 1]) });
  await session.release();
  const padded = interior?.data as Float32Array;
  return Float32Array.from({ length: width * height }, (_, i) => {
    return padded[Math.floor(i / width) * paddedWidth + (i % width)] as number;
  });
}

let segmenter: NodeSegmenter;
beforeAll(async () => {
  segmenter = await createSegmenter({ model: model(), device: 'cpu' });
});
afterAll(() => segmenter.dispose());

describe.each([
  // 1001 is no multiple of 8, 700 neither.
  { width: 512, height: 512, tiles: [256, 320, 505, 512] },
  { width: 1536, height: 1024, tiles: [400, 640, 1024] },
  { width: 700, height: 1001, tiles: [320, 449, 704] },
])('$width x $height', ({ width, height, tiles }) => {
  const image = noise(width, height);
  let whole: Float32Array;
  beforeAll(async () => {
    whole = await wholeImage(image);
    // The comparison means something only if the map is not blank.
    expect(spread(whole)).toBeGreaterThan(0.1);
  });

  test.each([undefined, ...tiles])('tile %s gives what the whole image gives', async (tile) => {
    const result = await segmenter.segmentWhole(image, tile === undefined ? {} : { tile });
    expect(result).toMatchObject({ width, height });
    expect(largestDifference(result.data, whole)).toBeLessThan(1e-5);
  });
});

test('a halo that is too small is seen by this comparison', async () => {
  const image = noise(512, 512);
  const narrow = await createSegmenter({ model: model('tiny-unet', { receptiveFieldRadius: 48 }), device: 'cpu' });
  const result = await narrow.segmentWhole(image, { tile: 256 });
  expect(largestDifference(result.data, await wholeImage(image))).toBeGreaterThan(1e-5);
  await narrow.dispose();
});

test('the dilated network is exact in tiles too', async () => {
  const dilated = await createSegmenter({ model: model('tiny-dilated-unet'), device: 'cpu' });
  const image = noise(1400, 64);
  const whole = await dilated.segmentWhole(image);
  const parts = await dilated.segmentWhole(image, { tile: 1256 });
  expect(largestDifference(parts.data, whole.data)).toBeLessThan(1e-5);
  await expect(dilated.segmentWhole(image, { tile: 1024 })).rejects.toThrow(InvalidOptionError);
  await dilated.dispose();
});

test('grey values count, not the type that holds them', async () => {
  const image = noise(64, 72);
  const results = await Promise.all(
    [image.data, Uint16Array.from(image.data), Float32Array.from(image.data)].map((data) =>
      segmenter.segmentWhole({ ...image, data }),
    ),
  );
  expect(spread((results[0] as GreyImage<Float32Array>).data)).toBeGreaterThan(0.1);
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
});

test('tiles come one by one, cover the image once, and count', async () => {
  const image = noise(512, 400);
  const whole = await segmenter.segmentWhole(image);
  const covered = new Uint8Array(512 * 400);
  let last = 0;
  for await (const part of segmenter.segment(image, { tile: 256 })) {
    expect(part.done).toBe(++last);
    for (let y = 0; y < part.height; y++) {
      for (let x = 0; x < part.width; x++) {
        const at = (part.y + y) * 512 + part.x + x;
        covered[at] = (covered[at] as number) + 1;
        expect(Math.abs((part.data[y * part.width + x] as number) - (whole.data[at] as number))).toBeLessThan(1e-5);
      }
    }
    if (part.done === part.total) expect(part.total).toBeGreaterThan(4);
  }
  expect(covered.every((count) => count === 1)).toBe(true);
});

describe('stage by stage', () => {
  test.each([
    // A network that sees far: no tile of the whole would fit.
    ['encoder', 700, 900, 264],
    ['encoder', 1400, 64, 400],
    ['encoder-with-skip', 700, 900, 264],
    ['encoder-with-skip', 1400, 64, 400],
    ['encoder-with-skip', 1003, 205, 320],
  ] as const)(
    'after %s, it gives what the whole image gives, %i x %i in tiles of %i',
    async (first, width, height, tile) => {
      const name = 'tiny-dilated-unet';
      const { stages: plainly, stagesKeepingSkip } = stages(name);
      const card = { stages: plainly, ...(first === 'encoder-with-skip' && { stagesKeepingSkip }) };
      const staged = await createSegmenter({ model: model(name, card), device: 'cpu' });
      expect(cheapestTiling({ width, height }, tile, staged.card).stages?.[0]?.name).toBe(first);
      const image = noise(width, height);
      const whole = await staged.segmentWhole(image, { tile: Math.max(width, height) + 8 });
      expect(spread(whole.data)).toBeGreaterThan(0.1);
      const parts = await staged.segmentWhole(image, { tile });
      expect(largestDifference(parts.data, whole.data)).toBeLessThan(1e-5);
      // A model without stages refuses such tiles.
      const plain = await createSegmenter({ model: model(name), device: 'cpu' });
      await expect(plain.segmentWhole(image, { tile })).rejects.toThrow(InvalidOptionError);
      await staged.dispose();
      await plain.dispose();
    },
  );

  test('a card that names no layer of the graph is refused', async () => {
    const wrong = stages('tiny-dilated-unet').stages.map((stage) => ({
      ...stage,
      inputs: stage.inputs.map((port) => ({ ...port, name: port.name.replace('b.sum', 'b.total') })),
      outputs: stage.outputs.map((port) => ({ ...port, name: port.name.replace('b.sum', 'b.total') })),
    }));
    const segmenter = await createSegmenter({ model: model('tiny-dilated-unet', { stages: wrong }), device: 'cpu' });
    await expect(segmenter.segmentWhole(noise(700, 300), { tile: 264 })).rejects.toThrow(/no layer b\.total, at which/);
    await segmenter.dispose();
  });
});
