import type { GreyImage } from '@dilated-unet/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestPage, type OpenPage } from './support/page.ts';
import { largestDifference, nativeResult, smallUnet, testImage } from './support/small-unet.ts';

let opened: OpenPage;

beforeAll(async () => {
  opened = await openTestPage({ webgpu: true });
  await opened.serve('model.onnx', smallUnet());
});
afterAll(() => opened?.close());

interface Tampering {
  readonly loseDevices?: number;
  readonly wrongNumbers?: boolean;
  readonly refuseAdapters?: boolean;
}

/**
 * Segments on a software GPU that passes for hardware (test/page/gpu-tampering.ts), tampered with before the model is
 * loaded or between loading and segmenting.
 */
function segment(
  image: GreyImage,
  device: 'auto' | 'webgpu',
  { tile, before = {}, after = {} }: { tile?: number; before?: Tampering; after?: Tampering } = {},
) {
  return opened.page.evaluate(
    async ({ image, device, options, before, after }) => {
      const gpu = unet.tamperedWorker();
      gpu.postMessage(before);
      const segmenter = await unet.createSegmenter({ model: 'model.onnx', device, worker: () => gpu });
      const loadedOn = segmenter.device;
      gpu.postMessage(after);
      const { data } = await segmenter.segmentWhole(image, options);
      const report = await new Promise<{ dispatches: number; devices: number }>((resolve) => {
        gpu.addEventListener('message', ({ data }: MessageEvent<{ dispatches: number; devices: number }>) => {
          if ('dispatches' in data) resolve(data);
        });
        gpu.postMessage({ report: true });
      });
      const { adapter, fallbackReason, maxTile } = segmenter;
      const result = { loadedOn, device: segmenter.device, adapter, fallbackReason, maxTile, data, ...report };
      await segmenter.dispose();
      return result;
    },
    { image, device, options: tile === undefined ? {} : { tile }, before, after },
  );
}

describe('a segmenter on WebGPU', () => {
  const image = testImage(120, 104);
  let expected: Float32Array;
  beforeAll(async () => {
    expected = await nativeResult(smallUnet(), image);
  });

  it('runs on the adapter and gives what native ONNX Runtime gives for the whole image', async () => {
    const adapter = await opened.page.evaluate(async () => (await navigator.gpu.requestAdapter())?.info.architecture);
    expect(adapter).toBe('swiftshader');
    const result = await segment(image, 'auto');
    expect(result).toMatchObject({ loadedOn: 'webgpu', device: 'webgpu', fallbackReason: null, devices: 1 });
    expect(result.adapter).toMatchObject({ vendor: 'google', architecture: 'swiftshader' });
    // Two runs (probe and image) of 11 convolutions with their neighbours: the network did run there.
    expect(result.dispatches).toBeGreaterThan(22);
    // 1 GiB of storage buffer, which SwiftShader grants beyond WebGPU's default of 128 MiB.
    expect(result.maxTile).toBe(1824);
    expect(largestDifference(result.data, expected)).toBeLessThan(1e-3);
  });

  it('gives the same in tiles', async () => {
    const result = await segment(image, 'webgpu', { tile: 104 });
    expect(result.device).toBe('webgpu');
    expect(largestDifference(result.data, expected)).toBeLessThan(1e-3);
  });

  it('goes on on a new device when the GPU is lost', async () => {
    const result = await segment(image, 'auto', { after: { loseDevices: 1 } });
    expect(result).toMatchObject({ loadedOn: 'webgpu', device: 'webgpu', fallbackReason: null, devices: 2 });
    expect(largestDifference(result.data, expected)).toBeLessThan(1e-3);
  });

  it('goes on on WASM when the GPU is lost again, and says so', async () => {
    const result = await segment(image, 'auto', { after: { loseDevices: 1000 } });
    expect(result).toMatchObject({ loadedOn: 'webgpu', device: 'wasm', adapter: null });
    expect(result.fallbackReason).toContain('The GPU failed');
    expect(largestDifference(result.data, expected)).toBeLessThan(1e-4);
  });

  it.each<[string, 'wasm' | 'webgpu', { before?: Tampering; after?: Tampering }]>([
    ['at the beginning', 'wasm', { before: { refuseAdapters: true } }],
    ['after the GPU was lost', 'webgpu', { after: { loseDevices: 1, refuseAdapters: true } }],
  ])('runs on WASM when the browser refuses an adapter %s, and says so', async (_, loadedOn, tampering) => {
    const result = await segment(image, 'auto', tampering);
    expect(result).toMatchObject({ loadedOn, device: 'wasm', adapter: null });
    expect(result.fallbackReason).toBe('The browser refused a WebGPU adapter: WebGPU is disabled by blocklist.');
    expect(largestDifference(result.data, expected)).toBeLessThan(1e-4);
  });

  it('falls back to WASM when the GPU computes something else, and says so', async () => {
    const result = await segment(image, 'auto', { before: { wrongNumbers: true } });
    expect(result).toMatchObject({ loadedOn: 'wasm', device: 'wasm' });
    expect(result.fallbackReason).toMatch(/WebGPU gives other numbers than WASM .* differ by 0\.25/);
    expect(largestDifference(result.data, expected)).toBeLessThan(1e-4);
  });

  it('is refused when it was demanded and computes something else', async () => {
    const thrown = await opened.page.evaluate(() => {
      const gpu = unet.tamperedWorker();
      gpu.postMessage({ wrongNumbers: true });
      return unet.thrownBy(() => unet.createSegmenter({ model: 'model.onnx', device: 'webgpu', worker: () => gpu }));
    });
    expect(thrown).toMatchObject({ name: 'EnvironmentError', known: true });
  });

  it('is not chosen by itself when it is emulated on the CPU', async () => {
    const result = await opened.page.evaluate(async () => {
      const segmenter = await unet.createSegmenter({ model: 'model.onnx' });
      return { device: segmenter.device, reason: segmenter.fallbackReason };
    });
    expect(result).toMatchObject({ device: 'wasm' });
    expect(result.reason).toContain('emulated on the CPU');
  });
});
