// node docs/notes/pixel-size.mjs measure MODEL STACK LABELS [--sections 1,11,21] [--sizes 2,3,4,6,8] >> docs/notes/pixel-size.jsonl
// node docs/notes/pixel-size.mjs picture MODEL STACK LABELS JPG [--size 8]
// What it costs a model of 4 nm pixels to segment images of others, as they are and resampled (docs/pixel-size.md). STACK has pixels
// of 4 nm; it is resampled to each size, its labels to the nearest pixel. `measure` prints a JSON line for each size and way, with
// scores at that size. `picture` draws a part of the first section at one size: image, labels, and what the model gives both
// ways. Run `npx nx run-many -t build` first.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import sharp from 'sharp';

const packages = new URL('../../packages/', import.meta.url);
const load = (path) => import(new URL(path, packages).href);
const { asTrained, evaluateStack, resampleImage, section } = await load('core/dist/index.js');
const { createSegmenter, segmentStack } = await load('runtime-node/dist/index.js');
const { readStack } = await load('stacks/dist/node/index.js');

/** Pixels that the model was trained on, nanometres. */
const TRAINED = 4;
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    sections: { type: 'string', default: '1,11,21' },
    sizes: { type: 'string', default: '2,3,3.4,3.6,3.8,4,4.2,4.4,4.8,5.3,6,8,12' },
    size: { type: 'string', default: '8' },
  },
});
const [command, model, stackPath, labelPath, picturePath] = positionals;
const [images, labels] = [await readStack(stackPath), await readStack(labelPath, { labels: true })];
const places = values.sections.split(',').map((number) => Number(number) - 1);

const sideAt = (side, nm) => Math.round((side * TRAINED) / nm);

/** Pixels of `to` that lie nearest. */
function nearest({ width, height, data }, to) {
  const at = (i, from, count) => Math.min(from - 1, Math.floor(((i + 0.5) * from) / count));
  const out = Uint8Array.from({ length: to.width * to.height }, (_, i) => {
    return data[at(Math.floor(i / to.width), height, to.height) * width + at(i % to.width, width, to.width)];
  });
  return { ...to, data: out };
}

function stackOf(sections) {
  const [{ width, height, data: first }] = sections;
  const data = new first.constructor(sections.length * width * height);
  sections.forEach((one, z) => data.set(one.data, z * width * height));
  return { width, height, depth: sections.length, data };
}

/** The chosen sections and their labels with pixels of `nm`. */
function at(nm) {
  const to = { width: sideAt(images.width, nm), height: sideAt(images.height, nm) };
  const scaled = places.map((z) => resampleImage(section(images, z), to));
  return { image: stackOf(scaled), truth: stackOf(places.map((z) => nearest(section(labels, z), to))) };
}

const segmenter = await createSegmenter({ model });

async function segmented(image, nm, isResampled) {
  const square = (side) => ({ y: side, x: side });
  const rescale = isResampled ? { from: square(nm), to: square(TRAINED) } : null;
  const sections = [];
  for await (const one of segmentStack(segmenter, image, { ...asTrained(segmenter.card), rescale })) sections.push(one);
  return stackOf(sections);
}

async function measure() {
  for (const nm of values.sizes.split(',').map(Number)) {
    const { image, truth } = at(nm);
    for (const isResampled of nm === TRAINED ? [false] : [false, true]) {
      const { vRand, vInfo, overlap } = evaluateStack(await segmented(image, nm, isResampled), truth);
      const { interiorDice, membraneDice } = overlap;
      const line = { nm, way: isResampled ? 'resampled' : 'as it is', side: image.width, sections: places.length };
      const rounded = Object.entries({ vRand, vInfo, interiorDice, membraneDice });
      const scores = Object.fromEntries(rounded.map(([name, value]) => [name, Number(value.toFixed(4))]));
      process.stdout.write(`${JSON.stringify({ ...line, ...scores })}\n`);
    }
  }
}

/** Nanometres of the part that is shown, a side; where it begins; its side in the picture; and the space between panels, pixels. */
const [SHOWN, CORNER, SIDE, GAP] = [768, 400, 288, 6];
const MEMBRANE = [255, 106, 0];

/** A part of a section, with `membrane` (0 ... 1) over it, as PNG. */
function panel(image, membrane, nm) {
  const count = Math.round(SHOWN / nm);
  const corner = Math.round(CORNER / nm);
  const rgb = new Uint8Array(3 * count * count);
  for (let i = 0; i < count * count; i++) {
    const p = (corner + Math.floor(i / count)) * image.width + corner + (i % count);
    const share = membrane === undefined ? 0 : 0.75 * membrane(p);
    MEMBRANE.forEach((colour, c) => (rgb[3 * i + c] = share * colour + (1 - share) * image.data[p]));
  }
  return sharp(rgb, { raw: { width: count, height: count, channels: 3 } })
    .resize(SIDE, SIDE, { kernel: 'nearest' })
    .png()
    .toBuffer();
}

async function picture() {
  const nm = Number(values.size);
  places.splice(1);
  const { image, truth } = at(nm);
  const [plain, resampled] = [await segmented(image, nm, false), await segmented(image, nm, true)];
  const soft = (map) => (p) => Math.min(1, Math.max(0, 2 * (0.75 - map.data[p])));
  const panels = await Promise.all(
    [undefined, (p) => (truth.data[p] > 0 ? 0 : 1), soft(plain), soft(resampled)].map((membrane) =>
      panel(image, membrane, nm),
    ),
  );
  const jpeg = await sharp({ create: { width: 4 * SIDE + 3 * GAP, height: SIDE, channels: 3, background: 'white' } })
    .composite(panels.map((input, i) => ({ input, left: i * (SIDE + GAP), top: 0 })))
    .jpeg({ quality: 82 })
    .toBuffer();
  await writeFile(picturePath, jpeg);
}

await { measure, picture }[command]();
await segmenter.dispose();
