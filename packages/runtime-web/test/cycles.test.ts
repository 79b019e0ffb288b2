import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestPage, type OpenPage } from './support/page.ts';
import { smallUnet, testImage } from './support/small-unet.ts';

/** `CYCLES=100` for a run that is sure of it. */
const CYCLES = Number(process.env['CYCLES'] ?? 6);
/** What may stay of a cycle, bytes: a message, a name, what the browser compiles later. The image below has more. */
const MOST_PER_CYCLE = 25_000;

let opened: OpenPage;
beforeAll(async () => {
  opened = await openTestPage({ webgpu: false });
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
      { image: testImage(192, 192), count },
    );
  // What the page holds itself; that of a worker goes with it.
  const memory = async (): Promise<number> => {
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize, embedderHeapUsedSize, backingStorageSize } = await session.send('Runtime.getHeapUsage');
    return usedSize + embedderHeapUsedSize + backingStorageSize;
  };
  await cycles(3);
  const before = await memory();
  await cycles(CYCLES);
  const after = await memory();
  expect(page.workers()).toEqual([]);
  expect((after - before) / CYCLES).toBeLessThan(MOST_PER_CYCLE);
});
