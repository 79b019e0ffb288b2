/**
 * A process of `runtime-node:bench`, because the peak of the memory belongs to a process: takes a `SectionTask` as its argument,
 * prints a `SectionTimes`.
 */
import { createSegmenter } from '@dilated-unet/runtime-node';

/** What is measured: one image through one model. */
export interface SectionTask {
  readonly model: string;
  /** Side of the square image, pixels. */
  readonly size: number;
  /** Side of the tiles; null takes the default. */
  readonly tile: number | null;
  readonly threads: number;
}

export interface SectionTimes {
  readonly device: string;
  /** Of the second run. */
  readonly seconds: number;
  /** Largest resident memory of the process, bytes. */
  readonly peakRssBytes: number;
}

/** An image of 8-bit noise that is the same in each run. */
function image(size: number): { readonly width: number; readonly height: number; readonly data: Uint8Array } {
  let state = 2012;
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24;
  return { width: size, height: size, data: Uint8Array.from({ length: size * size }, next) };
}

const { model, size, tile, threads } = JSON.parse(process.argv[2] ?? '') as SectionTask;
const segmenter = await createSegmenter({ model, device: 'cpu', threads });
const input = image(size);
let seconds = NaN;
for (const _ of ['warm-up', 'timed']) {
  const begin = performance.now();
  await segmenter.segmentWhole(input, tile === null ? {} : { tile });
  seconds = (performance.now() - begin) / 1000;
}
await segmenter.dispose();
const peakRssBytes = process.resourceUsage().maxRSS * 1024;
const times: SectionTimes = { device: segmenter.device, seconds, peakRssBytes };
process.stdout.write(`${JSON.stringify(times)}\n`);
