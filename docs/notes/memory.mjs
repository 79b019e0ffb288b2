/**
 * The memory that `runtime-node:segment` takes at its peak, beside what it estimates: `node docs/notes/memory.mjs [--symmetries]
 * MODEL WIDTH HEIGHT TILE ...`, sides in pixels, after `npx nx run runtime-node:build`. The image is noise. One line of JSON a tile.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { encodeTiffStack } from '@dilated-unet/stacks';

const CLI = fileURLToPath(new URL('../../packages/runtime-node/dist/cli.js', import.meta.url));
const TELL = 'process.on("exit", () => console.log(`peak ${process.resourceUsage().maxRSS}`))';

const { values, positionals } = parseArgs({ options: { symmetries: { type: 'boolean' } }, allowPositionals: true });
const [model, width, height, ...tiles] = positionals;
const folder = mkdtempSync(join(tmpdir(), 'dilated-unet-memory-'));
try {
  const stack = { width: Number(width), height: Number(height), depth: 1 };
  let state = 1;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24;
  const data = Uint8Array.from({ length: stack.width * stack.height }, next);
  writeFileSync(join(folder, 'noise.tif'), await encodeTiffStack({ ...stack, data }));
  for (const tile of tiles) {
    const flags = {
      model,
      input: join(folder, 'noise.tif'),
      output: join(folder, 'mask.tif'),
      normalise: 'section',
      tile,
    };
    const words = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
    if (values.symmetries) words.push('--symmetries');
    const said = execFileSync(process.execPath, ['--import', `data:text/javascript,${TELL}`, CLI, ...words], {
      encoding: 'utf8',
    });
    const peakMB = Math.round((Number(/peak (\d+)/.exec(said)?.[1]) * 1024) / 1e6);
    const estimate = /up to (\S+ \S+) of memory/.exec(said)?.[1];
    process.stdout.write(`${JSON.stringify({ model, width, height, ...values, tile, peakMB, estimate })}\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
