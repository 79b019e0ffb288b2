/**
 * `node read-tiffs.mjs FOLDER`: reads each `*.tif` of a folder as tools/python/read_tiffs.py does, and prints a line of JSON
 * for each: `{"name", "planes"}` with a digest per section, or `{"name", "refused"}` with the message. Anything else that
 * is thrown ends the program.
 */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isDilatedUnetError } from '@dilated-unet/core';
import { readSection } from '@dilated-unet/stacks';
import { openStack } from '@dilated-unet/stacks/node';

const [folder] = process.argv.slice(2);
for (const name of readdirSync(folder).sort()) {
  let answer;
  try {
    const source = await openStack(join(folder, name));
    const planes = [];
    for (let z = 0; z < source.shape[0]; z++) {
      const { width, height, data } = await readSection(source, z);
      // One pattern for each number, as NumPy gives it.
      const values = Float32Array.from(data, (value) => (Number.isNaN(value) ? NaN : value + 0));
      planes.push(`${width}x${height} ${createHash('sha1').update(new Uint8Array(values.buffer)).digest('hex')}`);
    }
    await source.close?.();
    answer = { planes };
  } catch (error) {
    if (!isDilatedUnetError(error)) {
      process.stderr.write(`${name}: ${error.stack}\n`);
      process.exit(1);
    }
    answer = { refused: error.message };
  }
  process.stdout.write(`${JSON.stringify({ name, ...answer })}\n`);
}
process.stdout.write(`${JSON.stringify({ peakBytes: process.resourceUsage().maxRSS * 1024 })}\n`);
