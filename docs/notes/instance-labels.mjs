// node docs/notes/instance-labels.mjs stacks OUT [--sections N] [--size N]
// node docs/notes/instance-labels.mjs train OUT [--preset NAME] [--seeds N] [--only KINDS] [--boundary-width PIXELS]
// node docs/notes/instance-labels.mjs picture JPG
// What a network learns from instance labels beside the membranes that they stand for (docs/labels.md). The phantom knows its
// cells. `stacks` writes it three times: with its membranes, with ids of cells that touch, and with ids of cells as they are drawn,
// 0 on their membranes. `train` trains on each and scores the held-out sections beside the phantom's own membranes, a JSON line
// each; what is finished in OUT is not trained again. --only: some of membranes,touching,drawn, separated by commas. `picture`
// draws ids and the membranes that are made of them. Run `npx nx run-many -t build` and, to train, `npx nx run tools:setup` first.
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';

const packages = new URL('../../packages/', import.meta.url);
const load = (path) => import(new URL(path, packages).href);
const core = await load('core/dist/index.js');
const { phantom } = await load('trainer/dist/index.js');

const SEED = 2012;
const KINDS = ['membranes', 'touching', 'drawn'];
const HELD_OUT = 6;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    sections: { type: 'string', default: '30' },
    size: { type: 'string', default: '512' },
    preset: { type: 'string', default: 'isbi-quick' },
    seeds: { type: 'string', default: '1' },
    only: { type: 'string', default: KINDS.join(',') },
    'boundary-width': { type: 'string' },
  },
});

/** The ids of cells as they are drawn: 0 on the membranes of `labels`. */
const drawnCells = ({ cells, labels }) => cells.data.map((id, i) => (labels.data[i] === 0 ? 0 : id));

async function writeStacks(out) {
  const { writeSections } = await load('stacks/dist/node/index.js');
  const made = phantom({ sections: Number(values.sections), size: Number(values.size), seed: SEED, withCells: true });
  const { images, labels, cells } = made;
  const all = { images, membranes: labels, touching: cells, drawn: { ...cells, data: drawnCells(made) } };
  await mkdir(out, { recursive: true });
  for (const [name, { width, height, depth, data }] of Object.entries(all)) {
    const pixels = width * height;
    const sections = Array.from({ length: depth }, (_, z) => {
      return { width, height, data: data.subarray(z * pixels, (z + 1) * pixels) };
    });
    await writeSections(join(out, `${name}.tif`), sections, { depth, pixelSize: { z: 50, y: 4, x: 4 } });
  }
}

const watch = { onProgress: () => undefined, onNote: (note) => process.stderr.write(`${note}\n`) };

/** Trains into `run` where it is not finished there. */
async function trained(run, argv) {
  const { parseTrain, trainRequest } = await load('pipeline/dist/commands/train.js');
  const { runPipeline } = await load('pipeline/dist/run/run-pipeline.js');
  const { realServices } = await load('pipeline/dist/run/services.js');
  if (existsSync(join(run, 'summary.json'))) return;
  const resumed = existsSync(join(run, 'config.json'));
  const { own, config } = parseTrain(resumed ? ['--resume', '--out', run] : [...argv, '--out', run]);
  const request = await trainRequest(own, config, { cwd: process.cwd(), now: new Date() });
  await runPipeline(request, realServices(process.env), watch);
}

async function train(out) {
  const { binaryLabels } = await load('stacks/dist/index.js');
  const { readStack } = await load('stacks/dist/node/index.js');
  const { scorePrediction } = await load('pipeline/dist/scoring/score-stack.js');
  const { sharedLabels, sharedProbabilities } = await load('pipeline/dist/scoring/read-stacks.js');
  if (!existsSync(join(out, 'drawn.tif'))) await writeStacks(out);
  const membranes = binaryLabels(await readStack(join(out, 'membranes.tif'), { labels: true }), 'membranes.tif');
  const labels = sharedLabels(core.sections(membranes, membranes.depth - HELD_OUT, membranes.depth));
  for (let seed = 1; seed <= Number(values.seeds); seed++) {
    for (const kind of values.only.split(',')) {
      const width = kind === 'membranes' ? undefined : values['boundary-width'];
      const run = join(out, [values.preset, kind, seed, ...(width === undefined ? [] : [width])].join('-'));
      const stacks = ['--image_path', join(out, 'images.tif'), '--mask_path', join(out, `${kind}.tif`)];
      const how = [
        '--preset',
        values.preset,
        '--seed',
        String(seed),
        '--hold-out',
        String(HELD_OUT),
        '--no-register-labels',
      ];
      await trained(run, [...stacks, ...how, ...(width === undefined ? [] : ['--boundary-width', width])]);
      const { config } = JSON.parse(await readFile(join(run, 'summary.json'), 'utf8'));
      const predicted = await readStack(join(run, 'held-out', 'probabilities.tif'));
      const probabilities = sharedProbabilities(labels);
      probabilities.data.set(predicted.data);
      const scores = await scorePrediction({ labels, probabilities, rule: 'of the run' }, { labelOffset: null });
      const { vRand, vInfo, interiorDice, membraneDice } = scores;
      const { labelKind, boundaryWidth } = config;
      const line = { labels: kind, labelKind, boundaryWidth, preset: values.preset, seed };
      process.stdout.write(`${JSON.stringify({ ...line, interiorDice, membraneDice, vRand, vInfo })}\n`);
    }
  }
}

/** Side of the part of a section that is shown, pixels, its first row, how large a pixel is drawn, and the space between the parts. */
const [SHOWN, TOP, SCALE, GAP] = [192, 280, 2, 8];

/** A colour of an id, bright and unlike those of its neighbours. */
function colour(id) {
  const hue = (id * 0.618034) % 1;
  return [0, 1 / 3, 2 / 3].map((offset) => 150 + 90 * Math.cos(2 * Math.PI * (hue + offset)));
}

async function picture(path) {
  const { defaultBoundaryWidth } = await load('stacks/dist/index.js');
  const made = phantom({ sections: 1, size: 512, seed: SEED, withCells: true });
  const { boundaryWidth } = defaultBoundaryWidth();
  const grey = (value) => [value, value, value];
  const idsOf = (data) => ({ width: 512, height: 512, data });
  const rowOf = (ids) => [
    (i) => (ids[i] === 0 ? [0, 0, 0] : colour(ids[i])),
    (
      (interior) => (i) =>
        grey(255 * interior[i])
    )(core.instanceMembranes(idsOf(ids), boundaryWidth).data),
  ];
  const parts = [
    (i) => grey(made.images.data[i]),
    ...rowOf(made.cells.data),
    (i) => grey(made.labels.data[i]),
    ...rowOf(drawnCells(made)),
  ];
  const side = SHOWN * SCALE;
  const composed = await Promise.all(
    parts.map(async (colourOf, k) => {
      const data = new Uint8Array(3 * SHOWN * SHOWN);
      for (let p = 0; p < SHOWN * SHOWN; p++) {
        const [y, x] = [TOP + Math.floor(p / SHOWN), p % SHOWN];
        data.set(colourOf(y * 512 + x), 3 * p);
      }
      const input = await sharp(data, { raw: { width: SHOWN, height: SHOWN, channels: 3 } })
        .resize(side, side, { kernel: 'nearest' })
        .png()
        .toBuffer();
      return { input, left: (k % 3) * (side + GAP), top: Math.floor(k / 3) * (side + GAP) };
    }),
  );
  const background = { width: 3 * side + 2 * GAP, height: 2 * side + GAP, channels: 3, background: 'white' };
  const image = await sharp({ create: background }).composite(composed).jpeg({ quality: 80 }).toBuffer();
  await writeFile(path, image);
}

const [command, target] = positionals;
const commands = { stacks: writeStacks, train, picture };
if (!(command in commands) || target === undefined) {
  throw new Error('Usage: node docs/notes/instance-labels.mjs stacks|train OUT, or picture JPG');
}
await commands[command](target);
