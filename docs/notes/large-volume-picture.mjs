// node docs/notes/large-volume-picture.mjs   the picture of docs/large-volumes.md
// Trains on nothing: opens sections of the phantom as an OME-Zarr that is not held in memory, has windows cut, notes which files of
// chunks are opened meanwhile, and writes docs/images/large-volume.jpg. Run `npx nx run trainer:build` first.
import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const opened = new Set();
const { mkdir, mkdtemp, open, readFile, rm, writeFile } = files;
const noting =
  (read) =>
  (path, ...options) => {
    opened.add(String(path));
    return read(path, ...options);
  };
Object.assign(files, { open: noting(open), readFile: noting(readFile) });
syncBuiltinESMExports();

const packages = new URL('../../packages/', import.meta.url);
const load = (path) => import(new URL(path, packages).href);
const { phantom, parseTrainConfig, loadDataset, openTrainingSampler } = await load('trainer/dist/index.js');

const [SIZE, SECTIONS, CHUNK, WINDOW, SHOWN, GAP] = [1024, 6, 64, 256, 3, 12];

/** An OME-Zarr 0.5 of 8 bits, its chunks as they are. */
async function writeZarr(folder, { data }) {
  const json = (path, attributes) => writeFile(join(folder, path, 'zarr.json'), JSON.stringify(attributes));
  await mkdir(join(folder, '0'), { recursive: true });
  const axes = ['z', 'y', 'x'].map((name) => ({ name, type: 'space', unit: 'nanometer' }));
  const transforms = [{ type: 'scale', scale: [50, 4, 4] }];
  const multiscales = [{ axes, datasets: [{ path: '0', coordinateTransformations: transforms }] }];
  await json('', { zarr_format: 3, node_type: 'group', attributes: { ome: { version: '0.5', multiscales } } });
  await json('0', {
    zarr_format: 3,
    node_type: 'array',
    shape: [SECTIONS, SIZE, SIZE],
    data_type: 'uint8',
    chunk_grid: { name: 'regular', configuration: { chunk_shape: [1, CHUNK, CHUNK] } },
    chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
    fill_value: 0,
    codecs: [{ name: 'bytes' }],
  });
  for (let z = 0; z < SECTIONS; z++) {
    for (let row = 0; row < SIZE / CHUNK; row++) {
      const place = join(folder, '0', 'c', String(z), String(row));
      await mkdir(place, { recursive: true });
      for (let column = 0; column < SIZE / CHUNK; column++) {
        const chunk = new Uint8Array(CHUNK * CHUNK);
        for (let y = 0; y < CHUNK; y++) {
          const from = (z * SIZE + row * CHUNK + y) * SIZE + column * CHUNK;
          chunk.set(data.subarray(from, from + CHUNK), y * CHUNK);
        }
        await writeFile(join(place, String(column)), chunk);
      }
    }
  }
}

/** A section, bright where its chunks were read. */
function sectionPicture({ data }, z, chunks) {
  const out = new Uint8Array(SIZE * SIZE);
  for (let i = 0; i < out.length; i++) {
    const [y, x] = [Math.floor(i / SIZE), i % SIZE];
    const isRead = chunks.has(`${Math.floor(y / CHUNK)}/${Math.floor(x / CHUNK)}`);
    const isLine = y % CHUNK === 0 || x % CHUNK === 0;
    const value = data[z * SIZE * SIZE + i];
    out[i] = isLine ? (isRead ? 255 : 90) : isRead ? value : value / 4;
  }
  return out;
}

const grey = (data, side) => sharp(data, { raw: { width: side, height: side, channels: 1 } });
const folder = await mkdtemp(join(tmpdir(), 'large-volume-'));
try {
  const { images, labels } = phantom({ sections: SECTIONS, size: SIZE, seed: 2012 });
  const data = { kind: 'stacks', images: join(folder, 'images.zarr'), labels: join(folder, 'labels.zarr') };
  await writeZarr(data.images, images);
  await writeZarr(data.labels, labels);
  const base = { network: { name: 'unet' }, holdOut: 0, window: WINDOW, batchSize: 1, schedule: {} };
  const config = parseTrainConfig({ ...base, data, labelKind: 'interior', augmentation: 'tissue' });
  const dataset = await loadDataset(config, undefined, { bytes: 0, measuredPixels: 512 ** 2 });
  const sampler = await openTrainingSampler(config, dataset);
  const side = 360;
  const parts = [];
  for (let shown = 0, step = 0; shown < SHOWN; shown++, step++) {
    opened.clear();
    const batch = await sampler.batch(step);
    const places = [...opened].flatMap((path) => /images\.zarr\/0\/c\/(\d+)\/(\d+\/\d+)$/.exec(path) ?? []);
    const chunks = new Set(places.filter((_, i) => i % 3 === 2));
    const left = shown * (side + GAP);
    const section = await grey(sectionPicture(images, Number(places[1]), chunks), SIZE)
      .resize(side, side)
      .png()
      .toBuffer();
    const scaled = Uint8ClampedArray.from(batch.images, (value) => 128 + 60 * value);
    const window = await grey(scaled, WINDOW).resize(side, side, { kernel: 'nearest' }).png().toBuffer();
    parts.push({ input: section, left, top: 0 }, { input: window, left, top: side + GAP });
    const count = `${chunks.size} of ${(SIZE / CHUNK) ** 2} chunks`;
    process.stdout.write(`window ${shown + 1}: ${count} of section ${Number(places[1]) + 1}\n`);
  }
  await sampler.close();
  const [width, height] = [SHOWN * (side + GAP) - GAP, 2 * side + GAP];
  await sharp({ create: { width, height, channels: 3, background: 'white' } })
    .composite(parts)
    .jpeg({ quality: 66 })
    .toFile(fileURLToPath(new URL('../images/large-volume.jpg', import.meta.url)));
} finally {
  await rm(folder, { recursive: true });
}
