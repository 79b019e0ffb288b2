import { EnvironmentError, type Planes, type SegmentOptions } from '@dilated-unet/core';
import { expect, it } from 'vitest';
import { WorkerClient } from '../src/rpc/client.ts';
import type { ComputeRequest, LoadReply } from '../src/rpc/protocol.ts';
import { leastTile } from '../src/tile-size.ts';
import { WorkerSegmenter } from '../src/web-segmenter.ts';
import { smallUnetCard, testImage } from './support/small-unet.ts';

it.each([
  { x: 500, y: 0, width: 10, height: 10 },
  { x: -500, y: 0, width: 10, height: 10 },
  { x: 290, y: 0, width: 30, height: 10 },
  { x: 0, y: 0, width: -500, height: 10 },
  { x: NaN, y: 0, width: 10, height: 10 },
])('refuses a region that is not in the image, by its name: %j', async (region) => {
  const facts = { card: smallUnetCard } as LoadReply['facts'];
  const state = { device: 'wasm', maxTile: 2048 } as LoadReply['state'];
  const segmenter = new WorkerSegmenter({} as WorkerClient, { facts, state });
  const image = testImage(300, 300);
  const message = 'region must be whole pixels (x, y, width, height) inside of the sections of 300 x 300';
  await expect(segmenter.segmentWhole(image, { region })).rejects.toThrow(message);
  await expect(segmenter.segment(image, { region }).next()).rejects.toThrow(message);
});

it.each([
  [{ normalize: 'model', greyRange: [0, 1] }, 'normalize is no option; there are z, region, tile'],
  [{ tile: '256' }, 'tile must be an integer of at least 1; received "256".'],
])('refuses options that are unknown or wrong: %j', async (options, message) => {
  const facts = { card: smallUnetCard } as LoadReply['facts'];
  const state = { device: 'wasm', maxTile: 2048 } as LoadReply['state'];
  const segmenter = new WorkerSegmenter({} as WorkerClient, { facts, state });
  const asked = options as unknown as SegmentOptions;
  await expect(segmenter.segmentWhole(testImage(300, 300), asked)).rejects.toThrow(message);
  await expect(segmenter.segment(testImage(300, 300), asked).next()).rejects.toThrow(message);
});

it('says of tiles that were halved also where it says why the model runs on WASM', async () => {
  const facts = { card: smallUnetCard } as LoadReply['facts'];
  const state = { device: 'wasm', maxTile: 2048, fallbackReason: 'There is no GPU.' } as LoadReply['state'];
  const client = {
    call: (_: string, { inputs: [input] }: ComputeRequest) => {
      const { width, height } = input as Planes;
      const isShort = width > 256;
      const data = new Float32Array(width * height);
      return Promise.resolve({
        outputs: [{ width, height, channels: 1, data }],
        shortage: isShort ? 'full' : null,
        state,
      });
    },
  };
  const segmenter = new WorkerSegmenter(client as unknown as WorkerClient, { facts, state });
  expect(segmenter.fallbackReason).toBe('There is no GPU.');
  await segmenter.segmentWhole(testImage(400, 400));
  expect(segmenter.fallbackReason).toBe(
    'There is no GPU. Memory ran out on tiles of 400 pixels; they have at most 200 now.',
  );
});

it('has smaller tiles in the next run where memory runs out in the middle of one, as on WASM after the loss of a GPU', async () => {
  const facts = { card: smallUnetCard } as LoadReply['facts'];
  const state = { device: 'webgpu', maxTile: 2048, fallbackReason: null } as LoadReply['state'];
  let calls = 0;
  const client = {
    call: (_: string, { inputs: [input] }: ComputeRequest) => {
      const { width, height } = input as Planes;
      const isLost = ++calls > 1;
      return Promise.resolve({
        outputs: [{ width, height, channels: 1, data: new Float32Array(width * height) }],
        shortage: isLost && width > 256 ? 'full' : null,
        state: isLost ? { ...state, device: 'wasm', fallbackReason: 'The GPU was lost.' } : state,
      });
    },
  };
  const segmenter = new WorkerSegmenter(client as unknown as WorkerClient, { facts, state });
  const image = testImage(1200, 400);
  const failure: unknown = await segmenter.segmentWhole(image, { tile: 400 }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(EnvironmentError);
  expect((failure as Error).message).toBe(
    'Memory ran out on tiles of 400 pixels; they have at most 200 now. Some were done: run it again.',
  );
  expect((await segmenter.segmentWhole(image, { tile: 400 })).width).toBe(1200);
});

/** A segmenter on WASM whose memory takes tiles of up to `most.side` pixels, and the sides of the tiles that it was given. */
function shortSegmenter(most: { side: number }) {
  const facts = { card: smallUnetCard } as LoadReply['facts'];
  const state = { device: 'wasm', maxTile: 2048, fallbackReason: null } as LoadReply['state'];
  const sides: number[] = [];
  const client = {
    call: (_: string, { inputs: [input] }: ComputeRequest) => {
      const { width, height } = input as Planes;
      const side = Math.max(width, height);
      sides.push(side);
      return Promise.resolve({
        outputs: [{ width, height, channels: 1, data: new Float32Array(width * height) }],
        shortage: side > most.side ? 'full' : null,
        state,
      });
    },
  };
  return { segmenter: new WorkerSegmenter(client as unknown as WorkerClient, { facts, state }), sides };
}

const least = leastTile(smallUnetCard);

it.each([
  [600, least],
  [least + 8, least],
  [least - 8, least - 8],
  [smallUnetCard.stride, smallUnetCard.stride],
  [1, smallUnetCard.stride],
])('says that memory runs out where it does on the smallest tiles of an image of %i pixels', async (side, smallest) => {
  const most = { side: 0 };
  const { segmenter, sides } = shortSegmenter(most);
  const failure: unknown = await segmenter.segmentWhole(testImage(side, side)).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(EnvironmentError);
  expect((failure as Error).message).toBe(
    `Memory ran out on tiles of ${smallest} pixels, the smallest in which the model takes this image: close other pages, or choose a smaller model.`,
  );
  expect(sides.at(-1)).toBe(smallest);
  most.side = 2048;
  expect((await segmenter.segmentWhole(testImage(600, 600))).width).toBe(600);
});

it('halves the tiles that ran, not larger ones that were asked for', async () => {
  const { segmenter, sides } = shortSegmenter({ side: 512 });
  await segmenter.segmentWhole(testImage(600, 600), { tile: 2048 });
  expect(sides.slice(0, 2)).toEqual([600, 264]);
  expect(segmenter.maxTile).toBe(296);
});

it.each<[string, (worker: EventTarget, segmenter: WorkerSegmenter) => unknown]>([
  ['crashes', (worker) => worker.dispatchEvent(Object.assign(new Event('error'), { message: 'Aborted' }))],
  ['is ended', (_, segmenter) => segmenter.dispose()],
])('says that its worker is gone when it %s', async (_, end) => {
  const worker = Object.assign(new EventTarget(), { postMessage: () => undefined, terminate: () => undefined });
  const facts = { card: smallUnetCard } as LoadReply['facts'];
  const state = { device: 'wasm', maxTile: 2048 } as LoadReply['state'];
  const segmenter = new WorkerSegmenter(new WorkerClient(worker), { facts, state });
  expect(segmenter.isGone).toBe(false);
  await end(worker, segmenter);
  expect(segmenter.isGone).toBe(true);
});
