/**
 * `node read-stacks.mjs FOLDER`: reads each file and folder in FOLDER as tools/python/read_stacks.py does, and prints a line
 * of JSON for each: `{"name", "seconds"}` and `"planes"`, a digest per section; `"refused"`, the message; or `"large"`, where
 * only a corner was read. Of several channels, times or images the first is read, and `"choice"` says so. Anything else that is
 * thrown ends the program.
 */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { isDilatedUnetError } from '@dilated-unet/core';
import { readSection } from '@dilated-unet/stacks';
import { openStack } from '@dilated-unet/stacks/node';

/** A section of more pixels is read in part: a small file may stand for one of gigabytes, whose pixels are zeros. */
const MOST_PIXELS = 2 ** 22;

function digest({ width, height, data }) {
  // One pattern for each number, as NumPy gives it.
  const values = Float32Array.from(data, (value) => (Number.isNaN(value) ? NaN : value + 0));
  return `${width}x${height} ${createHash('sha1').update(new Uint8Array(values.buffer)).digest('hex')}`;
}

async function open(path, choice = {}) {
  try {
    return { source: await openStack(path, choice), choice };
  } catch (error) {
    const axis = /Choose (?:one|a) (?:\w+ )?with `(\w+)`/.exec(error.message)?.[1];
    if (axis === undefined || axis in choice) throw error;
    return open(path, { ...choice, [axis]: 1 });
  }
}

async function read(path) {
  const { source, choice } = await open(path);
  try {
    const [depth, height, width] = source.shape;
    if (width * height > MOST_PIXELS) {
      await source.read(depth - 1, { x: 0, y: 0, width: Math.min(width, 100), height: Math.min(height, 100) });
      return { large: true };
    }
    const planes = [];
    for (let z = 0; z < depth; z++) planes.push(digest(await readSection(source, z)));
    return { planes, ...(Object.keys(choice).length > 0 && { choice }) };
  } finally {
    await source.close?.();
  }
}

const [folder] = process.argv.slice(2);
for (const name of readdirSync(folder).sort()) {
  const start = performance.now();
  const answer = await read(join(folder, name)).catch((error) => {
    if (isDilatedUnetError(error)) return { refused: error.message };
    process.stderr.write(`${name}: ${error.stack}\n`);
    process.exit(1);
  });
  const seconds = (performance.now() - start) / 1000;
  process.stdout.write(`${JSON.stringify({ name, seconds, ...answer })}\n`);
}
process.stdout.write(`${JSON.stringify({ peakBytes: process.resourceUsage().maxRSS * 1024 })}\n`);
