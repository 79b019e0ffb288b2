/**
 * One measurement in a process of its own, because the peak of the memory belongs to a process: `measure.js JSON`,
 * with a `Measurement`; prints a `Measured` as JSON.
 *
 * @module
 */
import { createSegmenter } from '../segmenter.ts';

/** What is measured: one image through one model. */
export interface Measurement {
  readonly model: string;
  /** Side of the square image, pixels. */
  readonly size: number;
  /** Side of the tiles; null takes the default. */
  readonly tile: number | null;
  readonly threads: number | null;
  /** Runs that count, after one that does not. */
  readonly runs: number;
}

export interface Measured {
  readonly device: string;
  readonly threads: number;
  /** Seconds to read and load the model. */
  readonly loadSeconds: number;
  /** Seconds of each run that counts. */
  readonly seconds: readonly number[];
  /** Largest resident memory of the process, bytes. */
  readonly peakRssBytes: number;
}

/** An image of 8-bit noise that is the same in each run. */
function image(size: number): { readonly width: number; readonly height: number; readonly data: Uint8Array } {
  let state = 2012;
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24;
  return { width: size, height: size, data: Uint8Array.from({ length: size * size }, next) };
}

async function measure({ model, size, tile, threads, runs }: Measurement): Promise<Measured> {
  const before = performance.now();
  const segmenter = await createSegmenter({ model, device: 'cpu', ...(threads !== null && { threads }) });
  const loadSeconds = (performance.now() - before) / 1000;
  const input = image(size);
  const seconds: number[] = [];
  for (let i = 0; i <= runs; i++) {
    const begin = performance.now();
    await segmenter.segmentWhole(input, tile === null ? {} : { tile });
    if (i > 0) seconds.push((performance.now() - begin) / 1000);
  }
  await segmenter.dispose();
  return {
    device: segmenter.device,
    threads: segmenter.threads,
    loadSeconds,
    seconds,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  };
}

process.stdout.write(JSON.stringify(await measure(JSON.parse(process.argv[2] ?? '') as Measurement)));
