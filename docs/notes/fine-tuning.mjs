// node docs/notes/fine-tuning.mjs train ISBI OUT [--steps N] [--blocks N] [--rate R] [--phantom MODEL] [--isbi MODEL]
// node docs/notes/fine-tuning.mjs figure LINES SVG
// What labelled sections of new tissue give with and without a trained model (docs/fine-tuning.md): `train` prints one JSON
// line per run, `figure` draws them. ISBI: folder of ISBI-2012. OUT: what is finished there is not trained again, and what was
// stopped goes on. --rate: highest learning rate where a model is gone on from. --phantom, --isbi: the models to begin from, of
// 16 filters; without them they are trained. Run `npx nx run-many -t build` and `npx nx run tools:setup` first.
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const packages = new URL('../../packages/', import.meta.url);
const load = (path) => import(new URL(path, packages).href);
const core = await load('core/dist/index.js');
const { encodeTiffStack, binaryLabels } = await load('stacks/dist/index.js');
const { readStack } = await load('stacks/dist/node/index.js');
const { parseTrain, trainRequest } = await load('pipeline/dist/commands/train.js');
const { runPipeline } = await load('pipeline/dist/run/run-pipeline.js');
const { realServices } = await load('pipeline/dist/run/services.js');
const { predictStacks } = await load('pipeline/dist/scoring/predict-stacks.js');
const { scorePrediction } = await load('pipeline/dist/scoring/score-stack.js');
const { lineChart } = await load('pipeline/dist/pictures/line-chart.js');

/** Labelled sections that are trained on; 0: the model is used as it is. */
const LABELLED = [0, 2, 5, 10];
const HELD_OUT = 6;
/** First sections of the held-out blocks, of 30. */
const BLOCKS = [24, 12, 0];
const STEPS_PER_EPOCH = 65;
/** Small networks: an eighth of the arithmetic. */
const NETWORK = ['--filters', '16'];

/** First of `count` neighbouring sections that are as far from the held-out ones as a stack of `depth` allows. */
function labelledFrom(count, heldOutFrom, depth) {
  const gap = (from) => (from < heldOutFrom ? heldOutFrom - from - count : from - heldOutFrom - HELD_OUT);
  const places = Array.from({ length: depth - count + 1 }, (_, from) => from);
  return places.reduce((best, from) => (gap(from) > gap(best) ? from : best));
}

/** Sections `from` to `from + count` of `stack`, and those from `then` behind them. */
function pick(stack, from, count, then) {
  const heldOut = core.sections(stack, then, then + HELD_OUT);
  if (count === 0) return heldOut;
  const parts = [core.sections(stack, from, from + count), heldOut];
  const data = new stack.data.constructor(parts[0].data.length + parts[1].data.length);
  data.set(parts[0].data);
  data.set(parts[1].data, parts[0].data.length);
  return { ...stack, depth: count + HELD_OUT, data };
}

async function writeStacks(folder, { images, labels }) {
  const paths = { images: join(folder, 'images.tif'), labels: join(folder, 'labels.tif') };
  await mkdir(folder, { recursive: true });
  for (const [name, stack] of Object.entries({ images, labels })) {
    await writeFile(paths[name], await encodeTiffStack(stack, { compression: 'deflate' }));
  }
  return paths;
}

const watch = { onProgress: () => undefined, onNote: (note) => process.stderr.write(`${note}\n`) };

/** Trains into `out` where it is not finished there, by the quick preset. @returns its summary. */
async function trained(out, { images, labels }, flags) {
  const summary = join(out, 'summary.json');
  if (!existsSync(summary)) {
    const argv = existsSync(join(out, 'config.json'))
      ? ['--resume', '--out', out]
      : ['--image_path', images, '--mask_path', labels, '--preset', 'isbi-quick', '--out', out, ...flags];
    const { own, config } = parseTrain(argv);
    const request = await trainRequest(own, config, { cwd: process.cwd(), now: new Date() });
    await runPipeline(request, realServices(process.env), watch);
  }
  return JSON.parse(await readFile(summary, 'utf8'));
}

/** Scores of a model on the held-out sections, normalised by themselves: nothing of the new tissue is labelled. */
async function asItIs(model, paths, labelOffset) {
  const inFolder = join(model, 'model.onnx');
  const grey = { normalise: 'stack', symmetries: false, labelKind: 'interior', onProgress: () => undefined };
  const stacks = await predictStacks({ ...paths, ...grey, model: existsSync(inFolder) ? inFolder : model });
  return scorePrediction(stacks, { labelOffset });
}

/** The model that each tissue is gone on from: that of the other. */
const OTHER = { isbi: 'phantom', phantom: 'isbi' };

/** All runs; each block of each tissue with and without the model before the next block. */
const runs = (blocks) =>
  BLOCKS.slice(0, blocks).flatMap((heldOutFrom, block) =>
    Object.entries(OTHER).flatMap(([tissue, other]) =>
      LABELLED.flatMap((sections) =>
        (sections === 0 ? [other] : [null, other]).map((init) => {
          return { tissue, init, sections, heldOutFrom, seed: block + 1 };
        }),
      ),
    ),
  );

async function train(isbi, out, { steps, blocks, rate, ...models }) {
  const { phantom } = await load('trainer/dist/index.js');
  const labels = await readStack(join(isbi, 'train-labels.tif'), { labels: true });
  const tissues = {
    isbi: { images: await readStack(join(isbi, 'train-volume.tif')), labels },
    phantom: phantom({ sections: 30, size: 512, seed: 2012 }),
  };
  const parents = { ...models };
  for (const [name, stacks] of Object.entries(tissues)) {
    if (parents[name] !== undefined) continue;
    parents[name] = join(out, `model-${name}`);
    await trained(parents[name], await writeStacks(join(out, 'stacks', name), stacks), NETWORK);
  }
  const perEpoch = Math.min(STEPS_PER_EPOCH, steps);
  const epochs = Math.round(steps / perEpoch);
  const length = ['--epochs', epochs, '--steps-per-epoch', perEpoch, '--evaluate-every', epochs];
  length.push('--clr-step-size', Math.ceil((epochs * perEpoch) / 2));

  for (const { tissue, init, sections, heldOutFrom, seed } of runs(blocks)) {
    const { images, labels } = tissues[tissue];
    const first = labelledFrom(sections, heldOutFrom, images.depth);
    const stacks = {
      images: pick(images, first, sections, heldOutFrom),
      labels: pick(labels, first, sections, heldOutFrom),
    };
    const name = `${tissue}-${heldOutFrom}-${sections}`;
    const paths = await writeStacks(join(out, 'stacks', name), stacks);
    let scores;
    if (sections === 0) {
      scores = await asItIs(parents[init], paths, core.labelOffset(images, binaryLabels(labels, tissue)));
    } else {
      const flags = [
        ...length,
        '--seed',
        seed,
        ...(init === null ? NETWORK : ['--init', parents[init], '--max_lr', rate]),
      ];
      scores = (await trained(join(out, `${name}-from-${init ?? 'random'}`), paths, flags.map(String))).heldOut;
    }
    const { vRand, vInfo, interiorDice, membraneDice } = scores;
    const line = { tissue, init, sections, heldOutFrom, seed, steps: sections === 0 ? 0 : epochs * perEpoch };
    if (init !== null && sections > 0) line.rate = Number(rate);
    process.stdout.write(`${JSON.stringify({ ...line, vRand, vInfo, interiorDice, membraneDice })}\n`);
  }
}

const NAMES = { isbi: 'ISBI-2012', phantom: 'the phantom' };
const MEASURES = [
  ['vRand', 'V_Rand'],
  ['interiorDice', 'interior Dice'],
];

/** Four charts in one picture: the new tissue from above, the measure from the left. */
async function figure(linesPath, svgPath) {
  const lines = (await readFile(linesPath, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const [width, height] = [560, 360];
  const charts = Object.keys(NAMES).flatMap((tissue, row) =>
    MEASURES.map(([key, measure], column) => {
      const of = lines.filter((line) => line.tissue === tissue);
      const series = [true, false].flatMap((hasInit, colour) => {
        const own = of.filter(({ init }) => (init !== null) === hasInit);
        const counts = [...new Set(own.map(({ sections }) => sections))].sort((a, b) => a - b);
        const at = (sections) => own.filter((line) => line.sections === sections).map((line) => line[key]);
        const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
        const label = hasInit ? `from ${own.map(({ init }) => NAMES[init])[0] ?? 'a model'}` : 'from random weights';
        const blocks = [...new Set(own.map(({ heldOutFrom }) => heldOutFrom))].map((heldOutFrom) => ({
          label: `block ${heldOutFrom}`,
          faint: true,
          colour,
          points: own
            .filter((line) => line.heldOutFrom === heldOutFrom)
            .map((line) => ({ x: line.sections, y: line[key] })),
        }));
        return [{ label, colour, points: counts.map((x) => ({ x, y: mean(at(x)) })) }, ...blocks];
      });
      const title = `${measure} on ${NAMES[tissue]}`;
      const chart = lineChart({
        title,
        x: { label: 'labelled sections', domain: [0, LABELLED.at(-1)] },
        y: { label: measure },
        series,
        width,
        height,
      });
      return chart.replace('<svg', `<svg x="${column * width}" y="${row * height}"`);
    }),
  );
  const size = `width="${2 * width}" height="${2 * height}" viewBox="0 0 ${2 * width} ${2 * height}"`;
  await writeFile(svgPath, `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${charts.join('')}</svg>\n`);
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: 'string', default: '780' },
    blocks: { type: 'string', default: String(BLOCKS.length) },
    rate: { type: 'string', default: '0.003' },
    phantom: { type: 'string' },
    isbi: { type: 'string' },
  },
});
const [task, ...paths] = positionals;
const options = { ...values, steps: Number(values.steps), blocks: Number(values.blocks) };
await { train, figure }[task](...paths.map((path) => resolve(path)), options);
