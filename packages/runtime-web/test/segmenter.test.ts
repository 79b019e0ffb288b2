import { createHash } from 'node:crypto';
import { padImage } from '@dilated-unet/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestPage, type OpenPage } from './support/page.ts';
import { largestDifference, nativeResult, smallUnet, smallUnetCard, testImage } from './support/small-unet.ts';

let opened: OpenPage;

beforeAll(async () => {
  opened = await openTestPage({ webgpu: false });
  await opened.serve('model.onnx', smallUnet());
});
afterAll(() => opened?.close());

/** Segments in the page on WASM. */
function segment(image: ReturnType<typeof testImage>, options: { readonly tile?: number }): Promise<Float32Array> {
  return opened.page.evaluate(
    async ({ image, options }) => {
      const segmenter = await unet.createSegmenter({ model: 'model.onnx', device: 'wasm' });
      const { data } = await segmenter.segmentWhole(image, options);
      await segmenter.dispose();
      return data;
    },
    { image, options },
  );
}

describe('a segmenter on wasm', () => {
  it('gives what native ONNX Runtime gives for the whole image', async () => {
    const image = testImage(256, 192);
    const expected = await nativeResult(smallUnet(), image);
    expect(largestDifference(await segment(image, {}), expected)).toBeLessThan(1e-4);
  });

  it.each([
    [256, 192, 128],
    [250, 187, 104],
    [96, 301, 111],
  ])('gives the same in tiles as whole: %i x %i pixels in tiles of %i', async (width, height, tile) => {
    const image = testImage(width, height);
    const padded = padImage(image, 8);
    const native = await nativeResult(smallUnet(), padded);
    const cropped = Float32Array.from(image.data, (_, i) => {
      const y = Math.floor(i / width);
      return native[y * padded.width + (i % width)] as number;
    });
    expect(largestDifference(await segment(image, { tile }), cropped)).toBeLessThan(1e-5);
  });

  it('hands out each tile as it finishes, and puts each pixel in one of them', async () => {
    const image = testImage(200, 160);
    const { tiles, device } = await opened.page.evaluate(async (image) => {
      const segmenter = await unet.createSegmenter({ model: 'model.onnx', device: 'wasm' });
      const tiles = [];
      for await (const { data, ...tile } of segmenter.segment(image, { tile: 112 })) {
        tiles.push({ ...tile, values: data.length });
      }
      return { tiles, device: segmenter.device };
    }, image);
    expect(device).toBe('wasm');
    expect(tiles.length).toBeGreaterThan(3);
    expect(tiles.map((tile) => tile.done)).toEqual(tiles.map((_, i) => i + 1));
    expect(tiles.every((tile) => tile.total === tiles.length && tile.values === tile.width * tile.height)).toBe(true);
    expect(tiles.reduce((sum, tile) => sum + tile.values, 0)).toBe(200 * 160);
  });

  it('takes a model as URL, text, bytes and buffer, leaves bytes alone, and serves two images at once', async () => {
    const image = testImage(64, 48);
    const results = await opened.page.evaluate(async (image) => {
      const bytes = new Uint8Array(await (await fetch('model.onnx')).arrayBuffer());
      const url = new URL('model.onnx', document.baseURI);
      const results: Float32Array[] = [];
      for (const model of [url, url.href, bytes, bytes.buffer]) {
        const segmenter = await unet.createSegmenter({ model, device: 'wasm' });
        const both = await Promise.all([segmenter.segmentWhole(image), segmenter.segmentWhole(image, { tile: 96 })]);
        results.push(...both.map(({ data }) => data));
        await segmenter.dispose();
      }
      return { results, left: bytes.length };
    }, image);
    expect(results.left).toBe(smallUnet().length);
    expect(results.results).toHaveLength(8);
    for (const result of results.results) expect(result).toEqual(results.results[0]);
  });

  it('says what it runs on', async () => {
    const facts = await opened.page.evaluate(async () => {
      const segmenter = await unet.createSegmenter({ model: 'model.onnx', device: 'wasm' });
      const { model, card, device, precision, verified, adapter, fallbackReason, maxTile } = segmenter;
      const { name, sha256, forms } = model;
      return { name, sha256, forms, card, device, precision, verified, adapter, fallbackReason, maxTile };
    });
    expect(facts).toEqual({
      name: 'small-unet',
      sha256: createHash('sha256').update(smallUnet()).digest('hex'),
      forms: [{ precision: 'fp32', engine: null, deviation: null }],
      card: smallUnetCard,
      device: 'wasm',
      precision: 'fp32',
      verified: null,
      adapter: null,
      fallbackReason: null,
      maxTile: 2048,
    });
  });

  it('stops between tiles when the signal is aborted', async () => {
    const result = await opened.page.evaluate(
      async (image) => {
        const segmenter = await unet.createSegmenter({ model: 'model.onnx', device: 'wasm' });
        const controller = new AbortController();
        let tiles = 0;
        const thrown = await unet.thrownBy(async () => {
          for await (const _ of segmenter.segment(image, { tile: 112, signal: controller.signal })) {
            tiles++;
            controller.abort();
          }
        });
        const after = await segmenter.segmentWhole(image);
        return { tiles, thrown, after: after.data.length };
      },
      testImage(200, 160),
    );
    expect(result).toMatchObject({ tiles: 1, thrown: { name: 'AbortError' }, after: 200 * 160 });
  });

  it('ends what is under way when it is disposed, and refuses what comes after', async () => {
    const { under, after, twice } = await opened.page.evaluate(
      async (image) => {
        const segmenter = await unet.createSegmenter({ model: 'model.onnx', device: 'wasm' });
        const running = unet.thrownBy(() => segmenter.segmentWhole(image, { tile: 112 }));
        await segmenter.dispose();
        return {
          under: await running,
          after: await unet.thrownBy(() => segmenter.segmentWhole(image)),
          twice: await unet.thrownBy(() => segmenter.dispose()),
        };
      },
      testImage(200, 160),
    );
    for (const thrown of [under, after]) {
      expect(thrown).toMatchObject({ name: 'DilatedUnetError', known: true });
      expect(thrown?.message).toContain('disposed');
    }
    expect(twice).toBeNull();
  });

  it('leaves the console alone', () => {
    expect(opened.complaints).toEqual([]);
  });
});
