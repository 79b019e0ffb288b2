/**
 * `nx run viewer:bench`: the first visit of the page, and how it stays usable, one JSON line per figure on stdout, progress on
 * stderr.
 *
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { integerOption, machine, median, rounded, runCommand } from '@dilated-unet/host';
import { Command } from 'commander';
import type { Downloads } from './downloads.ts';
import { firstMinute, type FirstMinute } from './first-minute.ts';
import { writeLargeImage } from './large-image.ts';
import { pan } from './panning.ts';

interface Options {
  readonly runs: number;
  readonly size: number;
}

const command = new Command('npx nx run viewer:bench')
  .description(
    'Visits the page in fresh browsers (cold cache, one thread, a local server) and segments its image; then opens a large\n' +
      'image and drags it. Prints one JSON line per figure.',
  )
  .option('--runs <count>', 'visits; times are their medians', integerOption({ least: 1 }), 3)
  .option('--size <pixels>', 'side of the large image', integerOption({ least: 512 }), 16_384)
  .addHelpText(
    'after',
    `
A longest task is of the main thread, the worst of all visits; null: none took 50 ms, from which on browsers tell them.
Downloads are what was sent until the result was whole, compressed where the server compresses.

Example:
  npx nx run viewer:bench --runs 5`,
  );

await runCommand<Options>(command, async ({ runs, size }, { onProgress, print, signal }) => {
  const figure = (name: string, values: object): void => {
    const [{ browser }] = visits as [FirstMinute];
    const where = { browser, date: new Date().toISOString(), machine: machine() };
    print(JSON.stringify({ bench: 'viewer', figure: name, ...values, ...where }));
  };
  const visits: FirstMinute[] = [];
  for (let run = 0; run < runs; run++) {
    signal.throwIfAborted();
    onProgress({ phase: 'visiting the page', done: run, total: runs });
    visits.push(await firstMinute(signal));
  }
  const times = (name: 'firstPaint' | 'imageShown' | 'segmentation') => {
    const all = visits.map((visit) => rounded(visit[name]));
    return { ms: rounded(median(all)), all, threads: 1 };
  };
  figure('first paint', times('firstPaint'));
  figure('image shown', times('imageShown'));
  figure('segmentation', times('segmentation'));
  figure('downloads', mostBytes(visits.map(({ downloads }) => downloads)));
  for (const phase of ['loading', 'segmenting'] as const) {
    figure('longest task', { phase, ms: longest(visits.map(({ longestTask }) => longestTask[phase])) });
  }
  const folder = await mkdtemp(join(tmpdir(), 'dilated-unet-bench-'));
  try {
    onProgress({ phase: `writing an image of ${size} x ${size}` });
    const image = join(folder, 'large.tif');
    await writeLargeImage(image, size);
    onProgress({ phase: 'dragging it' });
    const { opening, panning, panningWhileSegmenting } = await pan(image, signal);
    figure('longest task', { phase: 'opening', size, ms: opening });
    figure('longest task', { phase: 'panning', size, ms: panning });
    figure('longest task', { phase: 'panning while segmenting', size, ms: panningWhileSegmenting });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/** Those of the visit that took most: a service worker fetches files meanwhile, and may not have come to its end. */
function mostBytes(visits: readonly Downloads[]): Downloads & { readonly bytes: number } {
  const sums = visits.map((one) => ({ bytes: one.page + one.wasm + one.model, ...one }));
  return sums.reduce((most, one) => (one.bytes > most.bytes ? one : most));
}

/** The largest; null where there is none. */
function longest(tasks: readonly (number | null)[]): number | null {
  const long = tasks.filter((ms) => ms !== null);
  return long.length === 0 ? null : Math.max(...long);
}
