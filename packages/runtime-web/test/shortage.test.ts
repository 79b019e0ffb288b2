import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestPage, type OpenPage } from './support/page.ts';
import { largestDifference, nativeResult, smallUnet, testImage } from './support/small-unet.ts';

let opened: OpenPage;
beforeAll(async () => {
  opened = await openTestPage({ webgpu: true });
  await opened.serve('model.onnx', smallUnet());
});
afterAll(() => opened?.close());

describe('where memory runs out on WASM', () => {
  const image = testImage(768, 768);
  const segment = (bytes: number) =>
    opened.page.evaluate(
      async ({ image, bytes }) => {
        const worker = () => unet.thriftyWorker(bytes);
        const segmenter = await unet.createSegmenter({ model: 'model.onnx', device: 'wasm', worker });
        const before = { maxTile: segmenter.maxTile, reason: segmenter.fallbackReason };
        let data: Float32Array | undefined;
        const thrown = await unet.thrownBy(async () => {
          ({ data } = await segmenter.segmentWhole(image));
        });
        const { maxTile, fallbackReason } = segmenter;
        await segmenter.dispose();
        return { before, data, thrown, maxTile, fallbackReason };
      },
      { image, bytes },
    );

  it('tiles are halved, aloud, and the result is right', async () => {
    const { before, data, thrown, maxTile, fallbackReason } = await segment(90e6);
    expect(thrown).toBeNull();
    expect(before).toEqual({ maxTile: 2048, reason: null });
    expect(maxTile).toBe(384);
    expect(fallbackReason).toBe('Memory ran out on tiles of 768 pixels; they have at most 384 now.');
    expect(largestDifference(data ?? new Float32Array(), await nativeResult(smallUnet(), image))).toBeLessThan(1e-4);
  });

  it('for every tile, the error says so', async () => {
    const { thrown } = await segment(30e6);
    expect(thrown).toMatchObject({ name: 'EnvironmentError', known: true });
    expect(thrown?.message).toContain('Memory ran out on tiles of 104 pixels, the smallest in which the model takes');
  });
});

describe('where the GPU grants small buffers', () => {
  const image = testImage(120, 104);
  const segment = (largestBuffer: number) =>
    opened.page.evaluate(
      async ({ image, largestBuffer }) => {
        const gpu = unet.tamperedWorker();
        gpu.postMessage({ largestBuffer });
        const segmenter = await unet.createSegmenter({ model: 'model.onnx', worker: () => gpu });
        const { data } = await segmenter.segmentWhole(image);
        const { device, maxTile, fallbackReason } = segmenter;
        await segmenter.dispose();
        return { data, device, maxTile, fallbackReason };
      },
      { image, largestBuffer },
    );

  it('tiles are as large as those', async () => {
    const { data, ...facts } = await segment(320 * 112 ** 2);
    expect(facts).toEqual({ device: 'webgpu', maxTile: 112, fallbackReason: null });
    expect(largestDifference(data, await nativeResult(smallUnet(), image))).toBeLessThan(1e-3);
  });

  it('and the model has no such tiles, it runs on WASM, and says so', async () => {
    const { data, ...facts } = await segment(320 * 64 ** 2);
    expect(facts).toMatchObject({ device: 'wasm', maxTile: 2048 });
    expect(facts.fallbackReason).toContain('tiles of up to 64 pixels, by its largest storage buffer');
    expect(largestDifference(data, await nativeResult(smallUnet(), image))).toBeLessThan(1e-4);
  });
});
