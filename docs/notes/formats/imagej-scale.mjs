/**
 * The table of docs/formats.md that says how ImageJ opens written TIFFs: writes three sections of each kind of result, with a
 * size of pixels and without, and opens them by ImageJ without a window.
 *
 *     node docs/notes/formats/imagej-scale.mjs IJ_JAR
 *
 * IJ_JAR is ImageJ 1.x (net.imagej:ij on Maven Central). Needs java and the built packages.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = join(import.meta.dirname, '../../..');
const [jar] = process.argv.slice(2);
const { writeResult } = await import(pathToFileURL(join(ROOT, 'packages/runtime-node/dist/index.js')));

const KINDS = {
  mask: {},
  'probabilities uint8': { result: 'probabilities', dtype: 'uint8' },
  'probabilities uint16': { result: 'probabilities', dtype: 'uint16' },
  'probabilities float32': { result: 'probabilities' },
  instances: { result: 'instances' },
};
const [width, height, depth] = [40, 30, 3];
// Two cells a section, and the last pixel is interior.
const data = Float32Array.from({ length: width * height }, (_, i) => (i % width === 20 ? 0 : 0.75));
const sections = Array.from({ length: depth }, () => ({ width, height, data }));

const folder = mkdtempSync(join(tmpdir(), 'imagej-scale-'));
try {
  for (const [kind, options] of Object.entries(KINDS)) {
    const known = { ...options, depth, pixelSize: { z: 50, y: 4, x: 4.5 } };
    await writeResult(join(folder, `${kind}, 4.5 x 4 x 50 nm.tif`), sections, known);
    await writeResult(join(folder, `${kind}, no size.tif`), sections, { ...options, depth });
  }
  process.stdout.write('| written | opened as | values | size of a pixel (x, y, z) |\n|---|---|---|---|\n');
  const program = join(import.meta.dirname, 'ImageJScale.java');
  const rows = execFileSync('java', ['-Djava.awt.headless=true', '-cp', jar, program, folder], { encoding: 'utf8' });
  process.stdout.write(rows);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
