// node docs/notes/stages.mjs measure PACKAGE [SIDE] [ROUNDS]
// node docs/notes/stages.mjs figure LINES SVG
// A dilated network on a section of the phantom: in one piece, in exact tiles, stage by stage, and in blended tiles of 512 pixels
// (docs/decisions/stages.md). `measure` runs each in a process of its own, round after round, and prints a JSON line each: seconds,
// memory at the peak, and the difference from the image in one piece, which takes 0.9 GB for 1024 x 1024 pixels. `figure` draws
// the lines. Run `npx nx run-many -t build` first.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stagesFigure } from './stages-figure.mjs';

const packages = new URL('../../packages/', import.meta.url);
const load = (path) => import(new URL(path, packages).href);

/** Of blended tiles, pixels: a quarter of a tile is in common with the next, as MONAI's SlidingWindowInferer has it by default. */
const [WINDOW, STEP] = [512, 384];
/** Another than that of the trainings. */
const SEED = 5;

const WAYS = {
  'one piece': { stages: () => ({}), tile: (side) => side },
  'exact tiles': { stages: () => ({}) },
  'stages in tiles': { stages: ({ stages, stagesKeepingSkip }) => ({ stages, stagesKeepingSkip }) },
  'stages in tiles, skip computed again': { stages: ({ stages }) => ({ stages }) },
  'blended tiles, equal weights': { stages: () => ({}), weight: () => 1 },
  'blended tiles, Gaussian weights': { stages: () => ({}), weight: gaussian },
};

/** MONAI's `mode="gaussian"`: a standard deviation of an eighth of the window, at least 0.001. */
function gaussian(y, x) {
  const square = (at) => ((at - (WINDOW - 1) / 2) / (WINDOW / 8)) ** 2;
  return Math.max(1e-3, Math.exp(-(square(y) + square(x)) / 2));
}

/** Where windows begin along a side: the last one ends with the image. */
function starts(side) {
  const count = Math.ceil((side - WINDOW) / STEP) + 1;
  return Array.from({ length: count }, (_, i) => Math.min(i * STEP, side - WINDOW));
}

/** Each pixel is the weighted mean of what the windows say of it, each of which sees nothing beyond its border. */
async function blend(segmenter, { width, height, data }, grey, weightOf) {
  const weights = Float32Array.from({ length: WINDOW * WINDOW }, (_, i) =>
    weightOf(Math.floor(i / WINDOW), i % WINDOW),
  );
  const [sum, total] = [new Float32Array(data.length), new Float32Array(data.length)];
  for (const top of starts(height)) {
    for (const left of starts(width)) {
      const window = new Uint8Array(WINDOW * WINDOW);
      for (let y = 0; y < WINDOW; y++) {
        const row = (top + y) * width + left;
        window.set(data.subarray(row, row + WINDOW), y * WINDOW);
      }
      const part = await segmenter.segmentWhole(
        { width: WINDOW, height: WINDOW, data: window },
        { ...grey, tile: WINDOW },
      );
      for (let i = 0; i < weights.length; i++) {
        const at = (top + Math.floor(i / WINDOW)) * width + left + (i % WINDOW);
        sum[at] += weights[i] * part.data[i];
        total[at] += weights[i];
      }
    }
  }
  return sum.map((value, i) => value / total[i]);
}

/** One way, in this process; what it gives goes to `output`. */
async function run({ file, way, side, input, output }) {
  const core = await load('core/dist/index.js');
  const { openModel } = await load('model-package/dist/node/index.js');
  const { createSegmenter, defaultTile } = await load('runtime-node/dist/index.js');
  const { stages, tile: tileFor, weight } = WAYS[way];
  const { card: packed, formFor } = await openModel(file);
  const chains = core.networkStages(core.inferenceForm(core.variant(packed.name)));
  const card = { ...packed, stages: undefined, stagesKeepingSkip: undefined, ...stages(chains) };
  const form = await formFor({ engine: 'cpu', precision: 'fp32' }).read();
  const segmenter = await createSegmenter({ model: core.withModelCard(form, card), device: 'cpu' });
  const image = { width: side, height: side, data: new Uint8Array(readFileSync(input)) };
  const grey = core.fixedGreyOptions(core.fitImage(image, card, core.asTrained(card)));
  const tile = weight ? WINDOW : (tileFor?.(side) ?? defaultTile(image, card));
  const begin = Date.now();
  const result = weight
    ? await blend(segmenter, image, grey, weight)
    : (await segmenter.segmentWhole(image, { ...grey, tile })).data;
  const seconds = (Date.now() - begin) / 1000;
  await segmenter.dispose();
  const peakMB = Math.round((process.resourceUsage().maxRSS * 1024) / 1e6);
  writeFileSync(output, result);
  const work = weight
    ? (starts(side).length * WINDOW) ** 2 / side ** 2
    : core.cheapestTiling(image, tile, card).expansion;
  return { network: card.name, tile, work, threads: segmenter.threads, seconds, peakMB };
}

const floats = (path) => new Float32Array(Uint8Array.from(readFileSync(path)).buffer);

function difference(found, expected) {
  let [largest, sum, changed] = [0, 0, 0];
  expected.forEach((p, i) => {
    const by = Math.abs(p - found[i]);
    if (!(by <= largest)) largest = by;
    sum += by;
    if (p > 0.5 !== found[i] > 0.5) changed++;
  });
  return { maxDifference: largest, meanDifference: sum / expected.length, classChanged: changed / expected.length };
}

async function measure(file, side, rounds) {
  const { machine, median, rounded } = await load('host/dist/index.js');
  const { phantom } = await load('trainer/dist/data/phantom.js');
  const { version } = createRequire(new URL('runtime-node/package.json', packages))('onnxruntime-node/package.json');
  const folder = mkdtempSync(join(tmpdir(), 'dilated-unet-stages-'));
  try {
    const input = join(folder, 'image.u8');
    writeFileSync(input, phantom({ seed: SEED, sections: 1, size: side }).images.data);
    const runs = Object.fromEntries(Object.keys(WAYS).map((way) => [way, []]));
    const output = (way) => join(folder, `${way}.f32`);
    for (let round = 0; round < rounds; round++) {
      for (const way of Object.keys(WAYS)) {
        const task = JSON.stringify({ file, way, side, input, output: output(way) });
        const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), 'run', task], {
          stdio: ['ignore', 'pipe', 'inherit'],
          encoding: 'utf8',
        });
        if (child.status !== 0) throw new Error(`${way} did not finish`);
        runs[way].push({ ...JSON.parse(child.stdout), load: machine().load });
      }
    }
    const whole = floats(output('one piece'));
    for (const [way, own] of Object.entries(runs)) {
      const { network, tile, work, threads } = own[0];
      const seconds = own.map((one) => one.seconds);
      const line = {
        figure: 'stages',
        way,
        network,
        side,
        tile,
        work: rounded(work),
        seconds: rounded(median(seconds)),
        allSeconds: seconds.map(rounded),
        loads: own.map(({ load }) => load),
        peakMB: Math.max(...own.map((one) => one.peakMB)),
        ...Object.fromEntries(Object.entries(difference(floats(output(way)), whole)).map(([k, v]) => [k, rounded(v)])),
        threads,
        onnxruntime: version,
        machine: machine(),
      };
      process.stdout.write(`${JSON.stringify(line)}\n`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const [command, ...words] = process.argv.slice(2);
if (command === 'run') process.stdout.write(JSON.stringify(await run(JSON.parse(words[0]))));
else if (command === 'measure') await measure(words[0], Number(words[1] ?? 4096), Number(words[2] ?? 1));
else if (command === 'figure') {
  const lines = readFileSync(words[0], 'utf8').trim().split('\n');
  writeFileSync(words[1], stagesFigure(lines.map((line) => JSON.parse(line))));
} else {
  process.stderr.write('Usage: node docs/notes/stages.mjs measure PACKAGE [SIDE] [ROUNDS], or figure LINES SVG\n');
  process.exit(1);
}
