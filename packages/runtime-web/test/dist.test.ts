import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build, preview, type PreviewServer } from 'vite';
import { PACKAGE, pageConfig } from '../vite.shared.ts';
import { openUrl, type OpenPage } from './support/page.ts';
import { largestDifference, nativeResult, smallUnet, testImage } from './support/small-unet.ts';

/** With these a page is cross-origin isolated, so that WASM has threads. */
const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

let outDir: string;
let server: PreviewServer;
let opened: OpenPage;

beforeAll(async () => {
  await promisify(execFile)('npx', ['tsc', '-b', PACKAGE]);
  outDir = mkdtempSync(join(tmpdir(), 'dilated-unet-dist-'));
  const config = pageConfig(`${PACKAGE}test/page`, 'dist');
  await build({ ...config, build: { ...config.build, outDir, emptyOutDir: true } });
  server = await preview({ ...config, build: { outDir }, preview: { port: 0, host: '127.0.0.1', headers: ISOLATION } });
  opened = await openUrl(server.resolvedUrls?.local[0] as string, { webgpu: false });
  await opened.serve('model.onnx', smallUnet());
});
afterAll(async () => {
  await opened?.close();
  await server?.close();
});

describe('a page bundled with the published files', () => {
  it("carries ONNX Runtime's three WebAssembly modules", () => {
    const files = readdirSync(join(outDir, 'assets')).filter((file) => file.endsWith('.wasm'));
    expect(files.map((file) => file.replace(/-[\w-]{8}\.wasm$/, '')).sort()).toEqual([
      'ort-wasm-simd-threaded',
      'ort-wasm-simd-threaded.asyncify',
      'ort-wasm-simd-threaded.jspi',
    ]);
  });

  it.each([
    ['the CPU alone where there is no GPU', { webgpu: false }, /threaded-[^/]+\.wasm$/],
    ['that with JSPI where the browser has it', { webgpu: true }, /threaded\.jspi-[^/]+\.wasm$/],
    ['that without JSPI elsewhere', { webgpu: true, without: 'Suspending' }, /threaded\.asyncify-[^/]+\.wasm$/],
  ] as const)('downloads one of them: %s', async (_, { webgpu, ...browser }, expected) => {
    const page = await openUrl(server.resolvedUrls?.local[0] as string, { webgpu });
    try {
      await page.serve('model.onnx', smallUnet());
      const wasm: string[] = [];
      page.page.on('request', (request) => {
        if (request.url().endsWith('.wasm')) wasm.push(request.url());
      });
      const image = testImage(64, 64);
      const result = await page.page.evaluate(
        async ({ image, device, without }) => {
          const worker = without === undefined ? {} : { worker: () => unet.workerWithout(without) };
          const segmenter = await unet.createSegmenter({ model: 'model.onnx', device, ...worker });
          const { data } = await segmenter.segmentWhole(image);
          await segmenter.dispose();
          return { data, device: segmenter.device };
        },
        {
          image,
          device: webgpu ? ('webgpu' as const) : ('auto' as const),
          without: 'without' in browser ? browser.without : undefined,
        },
      );
      expect(result.device).toBe(webgpu ? 'webgpu' : 'wasm');
      expect(largestDifference(result.data, await nativeResult(smallUnet(), image))).toBeLessThan(1e-3);
      expect(wasm).toEqual([expect.stringMatching(expected)]);
    } finally {
      await page.close();
    }
  });

  it('segments, with threads where the page is cross-origin isolated', async () => {
    const image = testImage(256, 192);
    const result = await opened.page.evaluate(async (image) => {
      const segmenter = await unet.createSegmenter({ model: 'model.onnx', device: 'wasm' });
      const { data } = await segmenter.segmentWhole(image, { tile: 128 });
      return { data, isolated: crossOriginIsolated };
    }, image);
    const cores = await opened.page.evaluate(() => navigator.hardwareConcurrency);
    expect(result.isolated).toBe(true);
    expect(largestDifference(result.data, await nativeResult(smallUnet(), image))).toBeLessThan(1e-4);
    // The segmentation worker and those that ONNX Runtime starts from the same script.
    expect(opened.page.workers()).toHaveLength(Math.min(cores, 8));
    expect(opened.complaints).toEqual([]);
  });
});
