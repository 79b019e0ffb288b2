import { withModelCard } from '@dilated-unet/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WebSegmenterOptions } from '@dilated-unet/runtime-web';
import { openTestPage, type OpenPage } from './support/page.ts';
import {
  bareSmallUnet,
  largestDifference,
  nativeResult,
  smallUnet,
  smallUnetCard,
  testImage,
} from './support/small-unet.ts';

let opened: OpenPage;

beforeAll(async () => {
  opened = await openTestPage({ webgpu: false });
  await opened.serve('model.onnx', smallUnet());
});
afterAll(() => opened?.close());

/** What `createSegmenter` throws in the page. */
function thrownBy(options: Omit<WebSegmenterOptions, 'worker'>) {
  return opened.page.evaluate(
    (options) => unet.thrownBy(() => unet.createSegmenter(options)),
    options as WebSegmenterOptions,
  );
}

/** A file that is an ONNX message with a card, but whose graph is `graph`. */
function brokenGraph(graph: Uint8Array): Uint8Array {
  return withModelCard(Uint8Array.of(0x3a, graph.length, ...graph), smallUnetCard);
}

describe('a model that cannot be used', () => {
  it.each([
    ['is not at the URL', { model: 'nowhere.onnx' }, 'InvalidModelError', /nowhere\.onnx: the server answered 404/],
    ['is a page', { model: 'index.html' }, 'InvalidModelError', /index\.html: the server answered with a web page/],
    ['is text', { model: new TextEncoder().encode('not a model') }, 'InvalidModelError', /not an ONNX model/],
    ['has no card', { model: bareSmallUnet }, 'InvalidModelError', /no dilated-unet model card/],
    ['is cut off', { model: smallUnet().slice(0, 20_000) }, 'InvalidModelError', /not an ONNX model/],
    ['is damaged', { model: brokenGraph(new Uint8Array(8).fill(0xff)) }, 'InvalidModelError', /not an ONNX model/],
    ['has an operation of no kind', { model: brokenGraph(Uint8Array.of(0x0a, 0)) }, 'InvalidModelError', /cannot load/],
    ['has another input', { model: smallUnet({ input: 'x' }) }, 'InvalidModelError', /one input, "x".*"image"/],
    ['has another output', { model: smallUnet({ output: 'y' }) }, 'InvalidModelError', /one output, "y".*"interior"/],
    ['is at no URL', { model: 'http://[' }, 'InvalidOptionError', /model must be a URL/],
    ['is on a server that is down', { model: 'http://127.0.0.1:9/m.onnx' }, 'EnvironmentError', /could not be fetched/],
  ])('%s', async (_, options, name, message) => {
    const thrown = await thrownBy(options);
    expect(thrown).toMatchObject({ name, known: true });
    expect(thrown?.message).toMatch(message);
  });
});

describe('an option that cannot be used', () => {
  it.each([
    ['device', { model: 'model.onnx', device: 'gpu' }, /device must be one of auto, webgpu, wasm; received "gpu"/],
    ['model', {}, /model must be a URL, or the bytes of a zip or an ONNX file/],
    ['wasmPaths', { model: 'model.onnx', wasmPaths: {} }, /wasmPaths must be the URL of a folder/],
    [
      'precision',
      { model: 'model.onnx', precision: 'bf16' },
      /precision must be one of auto, fp32, fp16, int8; received "bf16"/,
    ],
    ['threads', { model: 'model.onnx', threads: 4 }, /threads is no option/],
  ])('%s', async (_, options, message) => {
    const thrown = await thrownBy(options as unknown as WebSegmenterOptions);
    expect(thrown).toMatchObject({ name: 'InvalidOptionError', known: true });
    expect(thrown?.message).toMatch(message);
  });

  it('an image of another kind, or a tile too small', async () => {
    const [image, tile] = await opened.page.evaluate(async () => {
      const segmenter = await unet.createSegmenter({ model: 'model.onnx', device: 'wasm' });
      const data = new Uint8Array(256 * 256);
      return [
        await unet.thrownBy(() => segmenter.segmentWhole({ width: 10, height: 10, data })),
        await unet.thrownBy(() => segmenter.segmentWhole({ width: 256, height: 256, data }, { tile: 96 })),
      ];
    });
    expect(image).toMatchObject({ name: 'InvalidImageError', known: true });
    expect(tile).toMatchObject({ name: 'InvalidOptionError', known: true });
  });

  it('an image that the device has no tile for', async () => {
    await opened.serve('far.onnx', smallUnet({ receptiveFieldRadius: 4000 }));
    const thrown = await opened.page.evaluate(async () => {
      const segmenter = await unet.createSegmenter({ model: 'far.onnx', device: 'wasm' });
      const [width, height] = [4096, 8];
      return unet.thrownBy(() => segmenter.segmentWhole({ width, height, data: new Uint8Array(width * height) }));
    });
    expect(thrown).toMatchObject({ name: 'EnvironmentError', known: true });
    expect(thrown?.message).toMatch(/too large for this model on this device: wasm takes tiles of up to 2048/);
  });
});

describe('an environment that cannot run it', () => {
  it('has no WebGPU: auto takes WASM and says why', async () => {
    const image = testImage(64, 48);
    const result = await opened.page.evaluate(async (image) => {
      const segmenter = await unet.createSegmenter({ model: 'model.onnx' });
      const { data } = await segmenter.segmentWhole(image);
      return { device: segmenter.device, reason: segmenter.fallbackReason, data };
    }, image);
    expect(result.device).toBe('wasm');
    expect(result.reason).toContain('no WebGPU adapter');
    expect(largestDifference(result.data, await nativeResult(smallUnet(), image))).toBeLessThan(1e-4);
  });

  it('has no WebGPU: demanding it is an error', async () => {
    const thrown = await thrownBy({ model: 'model.onnx', device: 'webgpu' });
    expect(thrown).toMatchObject({ name: 'EnvironmentError', known: true });
    expect(thrown?.message).toContain('no WebGPU adapter');
  });

  it("lacks ONNX Runtime's files", async () => {
    const thrown = await thrownBy({ model: 'model.onnx', wasmPaths: 'nowhere/' });
    expect(thrown).toMatchObject({ name: 'EnvironmentError', known: true });
    expect(thrown?.message).toContain('wasmPaths');
  });

  it("lacks the worker's script", async () => {
    const thrown = await opened.page.evaluate(() =>
      unet.thrownBy(() =>
        unet.createSegmenter({ model: 'model.onnx', worker: () => new Worker('nowhere.js', { type: 'module' }) }),
      ),
    );
    expect(thrown).toMatchObject({ name: 'EnvironmentError', known: true });
    expect(thrown?.message).toContain('script did not load');
  });

  it('loses the worker: what is under way and what follows fail with the reason', async () => {
    const [during, after] = await opened.page.evaluate(
      async (image) => {
        const options = { model: 'model.onnx', device: 'wasm', worker: unet.crashingWorker } as const;
        const segmenter = await unet.createSegmenter(options);
        return [
          await unet.thrownBy(() => segmenter.segmentWhole(image, { tile: 112 })),
          await unet.thrownBy(() => segmenter.segmentWhole(image)),
        ];
      },
      testImage(200, 160),
    );
    for (const thrown of [during, after]) {
      expect(thrown).toMatchObject({ name: 'EnvironmentError', known: true });
      expect(thrown?.message).toMatch(/worker crashed: .*Array buffer allocation failed/);
    }
  });
});
