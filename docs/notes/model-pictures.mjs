// node docs/notes/model-pictures.mjs MODEL STACK NAME [Z]   on which images a model works, and on which it does not
// Writes NAME-works.jpg and NAME-fails.jpg: each a part of section Z (from 0) of a stack of 4 nm pixels, and the membranes that
// MODEL finds there; for the second one, in the same section with pixels of 12 nm. Run `npx nx run-many -t build` first.
import sharp from 'sharp';
const packages = new URL('../../packages/', import.meta.url);
const load = (path) => import(new URL(path, packages).href);
const { section, asTrained } = await load('core/dist/index.js');
const { createSegmenter } = await load('runtime-node/dist/index.js');
const { readStack } = await load('stacks/dist/node/index.js');

/** Pixels of a panel, and where its part of the section begins. */
const [SIDE, LEFT, TOP] = [384, 64, 64];
const MEMBRANE = [255, 106, 0];

const [, , model, stack, name, z = '0'] = process.argv;

/** Means of `factor` x `factor` pixels. */
function reduced({ width, height, data }, factor) {
  const [w, h] = [Math.floor(width / factor), Math.floor(height / factor)];
  const mean = (_, i) => {
    let sum = 0;
    for (let y = 0; y < factor; y++)
      for (let x = 0; x < factor; x++) sum += data[(Math.floor(i / w) * factor + y) * width + (i % w) * factor + x];
    return sum / factor ** 2;
  };
  return { width: w, height: h, data: Uint8Array.from({ length: w * h }, mean) };
}

/** The part of an image, each of its pixels `zoom` wide, as RGB; membranes where `interior` is below 0.5. */
function panel(image, interior, zoom) {
  const rgb = new Uint8Array(3 * SIDE * SIDE);
  for (let i = 0; i < SIDE * SIDE; i++) {
    const [x, y] = [(LEFT + (i % SIDE)) / zoom, (TOP + i / SIDE) / zoom].map(Math.floor);
    const at = y * image.width + x;
    const membrane = interior === undefined ? 0 : 0.75 * Math.min(1, Math.max(0, 2 * (0.75 - interior[at])));
    MEMBRANE.forEach((colour, c) => (rgb[3 * i + c] = membrane * colour + (1 - membrane) * image.data[at]));
  }
  return sharp(rgb, { raw: { width: SIDE, height: SIDE, channels: 3 } })
    .png()
    .toBuffer();
}

const segmenter = await createSegmenter({ model });
const whole = section(await readStack(stack), Number(z));
for (const [what, zoom] of [
  ['works', 1],
  ['fails', 3],
]) {
  const image = zoom === 1 ? whole : reduced(whole, zoom);
  const { data } = await segmenter.segmentWhole(image, asTrained(segmenter.card));
  const panels = [await panel(image, undefined, zoom), await panel(image, data, zoom)];
  await sharp({ create: { width: 2 * SIDE + 4, height: SIDE, channels: 3, background: 'white' } })
    .composite(panels.map((input, i) => ({ input, left: i * (SIDE + 4), top: 0 })))
    .jpeg({ quality: 82 })
    .toFile(`${name}-${what}.jpg`);
}
await segmenter.dispose();
