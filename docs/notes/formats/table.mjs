/**
 * The table of docs/formats.md: writes a file of each kind, reads it with this package, tifffile, geotiff.js and ImageJ, and
 * compares the sections with those that are meant.
 *
 *     node docs/notes/formats/table.mjs PYTHON IJ_JAR
 *
 * PYTHON has tifffile and imagecodecs (`npx nx run test:mutations` makes .venv-formats/bin/python); IJ_JAR is ImageJ 1.x
 * (net.imagej:ij on Maven Central). Needs `tiffcp` of libtiff-tools, java, and the built packages.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = join(import.meta.dirname, '../../..');
const [python, jar] = process.argv.slice(2);
const require = createRequire(join(ROOT, 'packages/stacks/package.json'));
const { readSection } = await import(pathToFileURL(join(ROOT, 'packages/stacks/dist/index.js')));
const { openStack } = await import(pathToFileURL(join(ROOT, 'packages/stacks/dist/node/index.js')));
const { fromArrayBuffer } = await import(pathToFileURL(require.resolve('geotiff')));

const print = (line) => process.stdout.write(`${line}\n`);
const digest = (values) =>
  createHash('sha1')
    .update(new Uint8Array(Float32Array.from(values, Number).buffer))
    .digest('hex');

async function ours(path, name) {
  const choice = /hyperstack|ome|^samples|lsm/.test(name) ? { channel: 1 } : name === 'several.tif' ? { image: 1 } : {};
  const source = await openStack(path, choice);
  const planes = [];
  for (let z = 0; z < source.shape[0]; z++) planes.push(digest((await readSection(source, z)).data));
  await source.close();
  return planes;
}

async function geotiff(path) {
  const bytes = readFileSync(path);
  const file = await fromArrayBuffer(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const planes = [];
  for (let i = 0; i < (await file.getImageCount()); i++) {
    const [values] = await (await file.getImage(i)).readRasters({ interleave: false });
    planes.push(digest(values));
  }
  return planes;
}

const lines = (text) =>
  new Map(
    text
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => [JSON.parse(line).name, JSON.parse(line)]),
  );

const folder = mkdtempSync(join(tmpdir(), 'formats-'));
const run = (program, ...args) => execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
run(python, join(import.meta.dirname, 'make.py'), folder);
const kinds = JSON.parse(readFileSync(join(folder, 'kinds.json'), 'utf8'));
const tifffile = lines(run(python, join(import.meta.dirname, 'tifffile_planes.py'), folder));
const imageJ = lines(
  run('java', '-Djava.awt.headless=true', '-cp', jar, join(import.meta.dirname, 'ImageJ.java'), folder),
);

/** What came of the planes that are meant. */
function cell(meant, planes) {
  if (planes === undefined) return 'no';
  if (planes.join() === meant.join()) return 'yes';
  if (meant.every((plane, z) => plane === planes[z])) return `yes, with ${planes.length - meant.length} more`;
  if (planes.length < meant.length && planes.every((plane, z) => plane === meant[z]))
    return `${planes.length} of ${meant.length}`;
  if (planes.every((plane) => meant.includes(plane)) || meant.every((plane) => planes.includes(plane)))
    return 'other order';
  return 'other values';
}

const version = (path) => JSON.parse(readFileSync(join(ROOT, 'node_modules', path, 'package.json'), 'utf8')).version;
const python_ = run(python, '-c', 'import tifffile; print(tifffile.__version__)').trim();
print(
  `| kind of file | stacks | tifffile ${python_} | geotiff.js ${version('geotiff')} | ImageJ ${/ij-([\w.]+)\.jar/.exec(jar)?.[1]} |`,
);
print('|---|---|---|---|---|');
for (const { title, name, planes } of kinds) {
  const path = join(folder, name);
  const mine = await ours(path, name).catch(
    (error) => void (process.env.WHY && process.stderr.write(`${name}: ${error.message}\n`)),
  );
  const others = await geotiff(path).catch(() => undefined);
  const cells = [mine, tifffile.get(name)?.planes, others, imageJ.get(name)?.planes].map((read) => cell(planes, read));
  print(`| ${title} | ${cells.join(' | ')} |`);
}
rmSync(folder, { recursive: true });
