/**
 * `node read-stacks.mjs FOLDER [MARK]`: reads each file and folder in FOLDER whose name begins with a digit as
 * tools/python/read_stacks.py and read_zarrs.py do, and prints a line of JSON for each: `{"name", "seconds"}` (of the processor) and `"planes"`, a
 * digest per section; `"refused"`, the message; or `"large"`, where only a corner was read. Of several channels, times or
 * images the first is read, and `"choice"` says so; `"leaks"` says that MARK stands in the pixels or the message. Anything else
 * that is thrown ends the program.
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isDilatedUnetError } from '@dilated-unet/core';
import { readSection } from '@dilated-unet/stacks';
import { openStack } from '@dilated-unet/stacks/node';

/** A larger stack, or one of more sections, is read in part: a small file may stand for one of gigabytes, whose pixels are zeros. */
const [MOST_PIXELS, MOST_SECTIONS] = [2 ** 22, 1000];

function digest({ width, height, data }) {
  // One pattern for each number, as NumPy gives it.
  const values = Float32Array.from(data, (value) => (Number.isNaN(value) ? NaN : value + 0));
  return `${width}x${height} ${createHash('sha1').update(new Uint8Array(values.buffer)).digest('hex')}`;
}

/** The parts of MARK and of what repeats it, by which pixels are known that begin anywhere in it. */
function partsOf(mark) {
  const twice = `${mark}${mark}`;
  const swapped = twice.replace(/(.)(.)/g, '$2$1');
  return [...mark].flatMap((_, i) => [twice.slice(i, i + 5), swapped.slice(i, i + 5)]);
}

/** Whether a part of the mark stands in `data`, as bytes or as values. */
function leaksIn(data) {
  if (parts.length === 0) return false;
  const stored = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const rounded = Buffer.from(Uint8Array.from(data));
  return parts.some((part) => stored.includes(part) || rounded.includes(part));
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
    if (depth * width * height > MOST_PIXELS || depth > MOST_SECTIONS) {
      await source.read(depth - 1, { x: 0, y: 0, width: Math.min(width, 100), height: Math.min(height, 100) });
      return { large: true };
    }
    const planes = [];
    let leaks = false;
    for (let z = 0; z < depth; z++) {
      const section = await readSection(source, z);
      planes.push(digest(section));
      leaks ||= leaksIn(section.data);
    }
    return { planes, ...(Object.keys(choice).length > 0 && { choice }), ...(leaks && { leaks }) };
  } finally {
    await source.close?.();
  }
}

const [folder, mark] = process.argv.slice(2);
const parts = mark === undefined ? [] : partsOf(mark);
const names = readdirSync(folder).filter((name) => /^\d/.test(name));
for (const name of names.sort()) {
  const start = process.cpuUsage();
  const answer = await read(join(folder, name)).catch((error) => {
    if (isDilatedUnetError(error)) {
      return { refused: error.message, ...(mark !== undefined && error.message.includes(mark) && { leaks: true }) };
    }
    process.stderr.write(`${name}: ${error.stack}\n`);
    process.exit(1);
  });
  const { user, system } = process.cpuUsage(start);
  const seconds = (user + system) / 1e6;
  process.stdout.write(`${JSON.stringify({ name, seconds, ...answer })}\n`);
}
process.stdout.write(`${JSON.stringify({ peakBytes: process.resourceUsage().maxRSS * 1024 })}\n`);
