// node docs/notes/several-stacks.mjs train OUT [--seeds N] [--epochs N]
// node docs/notes/several-stacks.mjs picture JPG
// Two stacks of other grey values (docs/several-stacks.md): the phantom as it is, and another, dim, of 12 bits. `train` writes them
// into OUT, trains on both by `trainer:train`, with the last sections of each held out, and prints a JSON line for each run and
// way of normalising: the scores of each stack normalised by itself, as training and use do, and by the mean and deviation of both
// together, of the same network. What is finished in OUT is not trained again. `picture` draws grey values of both, and what the
// network sees. Run `npx nx run-many -t build` and, to train, `npx nx run tools:setup` first.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const packages = new URL('../../packages/', import.meta.url);
const load = (path) => import(new URL(path, packages).href);
const core = await load('core/dist/index.js');
const { phantom } = await load('trainer/dist/index.js');

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: 'string', default: '1' }, epochs: { type: 'string', default: '22' } },
});

/** The stacks: of 8 bits, and of 12 bits in which only the darker half is used. */
function stacks(sections) {
  const bright = phantom({ sections, size: 256, seed: 1 });
  const dim = phantom({ sections, size: 192, seed: 2 });
  const data = Uint16Array.from(dim.images.data, (value) => 300 + 4 * value);
  return { bright, dim: { ...dim, images: { ...dim.images, data } } };
}

async function train(out) {
  const { readStack, writeSections } = await load('stacks/dist/node/index.js');
  const { createSegmenter, segmentStack } = await load('runtime-node/dist/index.js');
  const folders = [];
  for (const [name, made] of Object.entries(stacks(12))) {
    const folder = join(out, name);
    // As the runs of the table had it: by the places for a window.
    folders.push('--data', folder, '--weight', String((made.images.width - 127) ** 2));
    await mkdir(folder, { recursive: true });
    for (const [file, stack] of [
      ['train-volume.tif', made.images],
      ['train-labels.tif', made.labels],
    ]) {
      const { depth } = stack;
      const sections = Array.from({ length: depth }, (_, z) => core.section(stack, z));
      if (!existsSync(join(folder, file))) await writeSections(join(folder, file), sections, { depth });
    }
  }
  for (let seed = 1; seed <= Number(values.seeds); seed++) {
    const run = join(out, `seed-${seed}`);
    const { epochs } = values;
    const flags = ['--preset', 'phantom-quick', '--hold-out', '3', '--epochs', epochs, '--evaluate-every', epochs];
    const argv = [fileURLToPath(new URL('pipeline/bin/run.js', packages)), 'train', ...folders, ...flags];
    if (!existsSync(join(run, 'summary.json'))) {
      execFileSync(process.execPath, [...argv, '--seed', String(seed), '--out', run], { stdio: 'inherit' });
    }
    const summary = JSON.parse(await readFile(join(run, 'summary.json'), 'utf8'));
    const print = (normalised, scores) => process.stdout.write(`${JSON.stringify({ seed, normalised, ...scores })}\n`);
    print('each', Object.fromEntries(summary.stacks.map(({ name, heldOut }) => [name, rounded(heldOut)])));
    const segmenter = await createSegmenter({ model: join(run, 'model.onnx') });
    const together = {};
    for (const { name } of summary.stacks) {
      const folder = join(run, 'held-out', name);
      const [images, labels] = [
        await readStack(join(folder, 'images.tif')),
        await readStack(join(folder, 'labels.tif')),
      ];
      const found = [];
      for await (const { data } of segmentStack(segmenter, images, { normalise: segmenter.card.normalisation })) {
        found.push(...data);
      }
      const { vRand, overlap } = core.evaluateStack({ ...images, data: Float32Array.from(found) }, labels);
      together[name] = rounded({ vRand, ...overlap });
    }
    print('together', together);
    await segmenter.dispose();
  }
}

const rounded = ({ membraneDice, vRand }) => ({
  membraneDice: Number(membraneDice.toFixed(3)),
  vRand: Number(vRand.toFixed(3)),
});

async function picture(path) {
  const { composeSheet } = await load('pipeline/dist/pictures/panel.js');
  const made = stacks(1);
  const all = Object.entries(made).map(([name, { images }]) => ({ name, image: cut(core.section(images, 0)) }));
  const pooled = core.stackNormalisation({
    width: all.length * SHOWN ** 2,
    height: 1,
    depth: 1,
    data: Float32Array.from(all.flatMap(({ image }) => [...image.data])),
  });
  const panel = (image, by) => {
    const data = Uint8Array.from(core.normalise(image.data, by), (z) => Math.min(255, Math.max(0, 127.5 + 42.5 * z)));
    return { width: SHOWN, height: SHOWN, data, channels: 1 };
  };
  const own = ({ image }) => core.stackNormalisation({ ...image, depth: 1 });
  const text = ({ mean, std }) => `mean ${mean.toFixed(0)}, deviation ${std.toFixed(0)}`;
  const { image } = await composeSheet({
    header: [[{ text: 'What the network sees: z-scores from -3 (black) to 3 (white)' }]],
    cells: [
      ...all.map((one) => ({
        lines: [`${one.name}: ${text(own(one))}`, 'by its own'],
        panels: [panel(one.image, own(one))],
      })),
      ...all.map((one) => ({ lines: [`by those of both: ${text(pooled)}`], panels: [panel(one.image, pooled)] })),
    ],
    columns: 2,
    side: SHOWN,
  });
  await writeFile(path, await image.jpeg({ quality: 80, mozjpeg: true }).toBuffer());
}

const SHOWN = 192;

/** The upper left corner. */
function cut({ width, data }) {
  return { width: SHOWN, height: SHOWN, data: data.filter((_, i) => i % width < SHOWN && i < SHOWN * width) };
}

const [task, where] = positionals;
if (where === undefined) throw new Error('train OUT, or picture JPG');
await { train, picture }[task](where);
