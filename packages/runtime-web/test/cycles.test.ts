import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestPage, type OpenPage } from './support/page.ts';
import { smallUnet, testImage } from './support/small-unet.ts';

/** `CYCLES=100` for a run that is sure of it. */
const CYCLES = Number(process.env['CYCLES'] ?? 6);
/** What may stay of a cycle, bytes: a message, a name. An image has 60 times as many, a model 5000 times. */
const MOST_PER_CYCLE = 20_000;

let opened: OpenPage;
beforeAll(async () => {
  // Only isolated pages may measure themselves.
  opened = await openTestPage({ webgpu: false, isolated: true });
  await opened.serve('model.onnx', smallUnet());
});
afterAll(() => opened?.close());

it('opened, run and disposed of again and again, it leaves the memory as it was', { timeout: 1_800_000 }, async () => {
  const { page } = opened;
  const session = await page.context().newCDPSession(page);
  const cycles = (count: number) =>
    page.evaluate(
      async ({ image, count }) => {
        for (let i = 0; i < count; i++) {
          const segmenter = await unet.createSegmenter({ model: 'model.onnx', device: 'wasm' });
          await segmenter.segmentWhole(image);
          await segmenter.dispose();
        }
      },
      { image: testImage(96, 96), count },
    );
  const memory = async (): Promise<number> => {
    await session.send('HeapProfiler.collectGarbage');
    return page.evaluate(async () => {
      const { bytes } = await (
        performance as unknown as { measureUserAgentSpecificMemory(): Promise<{ bytes: number }> }
      ).measureUserAgentSpecificMemory();
      return bytes;
    });
  };
  await cycles(3);
  const before = await memory();
  await cycles(CYCLES);
  const after = await memory();
  expect(page.workers()).toEqual([]);
  expect((after - before) / CYCLES).toBeLessThan(MOST_PER_CYCLE);
});
