// node docs/notes/grey-values.mjs sections ISBI             what grey values of sections and of crops are like
// node docs/notes/grey-values.mjs model MODEL IMAGES LABELS  membrane Dice of two sections under other grey values
// The tables of docs/grey-values.md. ISBI: folder of ISBI-2012. Run `npx nx run-many -t build` first.
const packages = new URL('../../packages/', import.meta.url);
const load = (path) => import(new URL(path, packages).href);
const core = await load('core/dist/index.js');
const { readStack } = await load('stacks/dist/node/index.js');
const { section, GreyTally, GreyValuesError, fitImage, fixedGreyOptions } = core;

const row = (...cells) => process.stdout.write(`| ${cells.join(' | ')} |\n`);
const span = (values) => `${Math.min(...values).toFixed(2)} ... ${Math.max(...values).toFixed(2)}`;
const images = (stack) => Array.from({ length: stack.depth }, (_, z) => section(stack, z));

/** `image` with float grey values `f(value, i)`. */
const mapped = (image, f) => ({ ...image, data: Float32Array.from(image.data, f) });

function crops(image, side) {
  const parts = [];
  for (let top = 0; top + side <= image.height; top += side) {
    for (let left = 0; left + side <= image.width; left += side) {
      const data = new Float32Array(side * side);
      for (let i = 0; i < data.length; i++) {
        data[i] = image.data[(top + Math.floor(i / side)) * image.width + left + (i % side)];
      }
      parts.push({ width: side, height: side, data });
    }
  }
  return parts;
}

/** Every other pixel, of means of four: twice the size of a pixel. */
function halved({ width, height, data }) {
  const [w, h] = [width >> 1, height >> 1];
  const at = (x, y) => data[y * width + x];
  const mean = (_, i) => {
    const [x, y] = [2 * (i % w), 2 * Math.floor(i / w)];
    return (at(x, y) + at(x + 1, y) + at(x, y + 1) + at(x + 1, y + 1)) / 4;
  };
  return { width: w, height: h, data: Float32Array.from({ length: w * h }, mean) };
}

function gaussian(seed) {
  let state = seed;
  const uniform = () => (state = (state * 48271) % 2147483647) / 2147483647;
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** Half of it black, as alignment leaves it. */
const padded = (image) => ({ ...image, data: image.data.map((v, i) => (i % image.width < image.width / 2 ? 0 : v)) });

async function sections(isbi) {
  const { phantom } = await load('trainer/dist/index.js');
  const train = await readStack(`${isbi}/train-volume.tif`);
  const sets = [
    ['ISBI-2012 train', images(train)],
    ['ISBI-2012 test', images(await readStack(`${isbi}/test-volume.tif`))],
    ['phantom, seed 2012', images(phantom({ sections: 30, size: 512, seed: 2012 }).images)],
    ['phantom, seed 7', images(phantom({ sections: 10, size: 512, seed: 7 }).images)],
  ];
  const { mean, std } = core.stackNormalisation(train);
  const noise = gaussian(1);
  const changes = [
    ['gamma 0.8', (image) => mapped(image, (v) => 255 * (v / 255) ** 0.8)],
    ['gamma 1.25', (image) => mapped(image, (v) => 255 * (v / 255) ** 1.25)],
    ['gamma 2', (image) => mapped(image, (v) => 255 * (v / 255) ** 2)],
    ['noise of 0.3 std', (image) => mapped(image, (v) => v + 0.3 * std * noise())],
    ['pixels twice as large', halved],
    ['half of it padding', padded],
    ['negative', (image) => mapped(image, (v) => 255 - v)],
  ];
  for (const [what, change] of changes) sets.push([`ISBI-2012 train, ${what}`, sets[0][1].map(change)]);
  row('images', 'shift', 'contrast', 'balance of lines', 'crops of 128: shift', 'contrast', 'balance');
  row(...Array(7).fill('---'));
  for (const [name, set] of sets) {
    const of = (list) => {
      const all = list.map((image) => new GreyTally().add(image).statistics);
      return [
        span(all.map((one) => (one.mean - mean) / std)),
        span(all.map((one) => one.std / std)),
        span(all.map((one) => one.lineBalance ?? 0)),
      ];
    };
    row(name, ...of(set), ...of(set.flatMap((image) => crops(image, 128))));
  }
}

async function model(path, imagesPath, labelsPath) {
  const { createSegmenter } = await load('runtime-node/dist/index.js');
  const segmenter = await createSegmenter({ model: path });
  const { card } = segmenter;
  const { mean, std } = card.normalisation;
  const shown = images(await readStack(imagesPath)).slice(0, 2);
  const labels = images(await readStack(labelsPath)).slice(0, 2);
  const dice = async (change, options) => {
    let [both, either] = [0, 0];
    for (const [z, image] of shown.entries()) {
      const { data } = await segmenter.segmentWhole(change(image), options);
      data.forEach((p, i) => {
        const [found, there] = [p <= 0.5, labels[z].data[i] === 0];
        both += 2 * (found && there);
        either += found + there;
      });
    }
    return (both / either).toFixed(3);
  };
  /** What a check says: null, or its error. */
  const fault = (change) => {
    try {
      fitImage(change(shown[0]), card);
      return null;
    } catch (error) {
      if (error instanceof GreyValuesError) return error;
      throw error;
    }
  };
  const unchecked = fixedGreyOptions(card.normalisation);
  const kinds = [
    ['as in training', (v) => v],
    ['x 257 (8 bit spread to 16)', (v) => 257 * v],
    ['x 16 (12 bit in 16)', (v) => 16 * v],
    ['x 4 (10 bit in 16)', (v) => 4 * v],
    ['/ 255 (0 ... 1)', (v) => v / 255],
    ['- 128 (signed)', (v) => v - 128],
    ['20000 + 31 x', (v) => 20000 + 31 * v],
    ['negative', (v) => 255 - v],
    ['negative, x 257', (v) => 65535 - 257 * v],
    ...[-2, -1.5, -1, -0.5, 0.5, 1, 1.5, 2].map((s) => [`shift ${s}`, (v) => v + s * std]),
    ...[0.2, 0.3, 0.4, 0.5, 0.7, 1.5, 2, 2.5, 3].map((c) => [`contrast ${c}`, (v) => mean + c * (v - mean)]),
  ];
  row('grey values', 'Dice unchecked', 'judged', 'Dice with the advice', 'by section');
  row(...Array(5).fill('---'));
  for (const [what, f] of kinds) {
    const change = (image) => mapped(image, f);
    const error = fault(change);
    const advice = error === null ? 'passes' : JSON.stringify(error.remedy).replaceAll(/["{}]/g, '');
    const mended = error === null ? '' : await dice(change, error.remedy);
    const invert = error?.remedy.invert ?? false;
    const cells = [await dice(change, unchecked), advice, mended, await dice(change, { normalise: 'section', invert })];
    row(what, ...cells);
  }
  await segmenter.dispose();
}

const [task, ...paths] = process.argv.slice(2);
await { sections, model }[task](...paths);
