/**
 * The memory that `runtime-node:segment` takes at its peak, beside what it estimates, and its time: `node docs/notes/memory.mjs
 * [--symmetries] MODEL WIDTH HEIGHT TILE ...`, sides in pixels, or `--memory 1.5GB MODEL WIDTH HEIGHT`, which lets it choose the
 * tile, after `npx nx run runtime-node:build`. The image is noise. One line of JSON a tile.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const stacks = new URL('../../packages/stacks/dist/node/index.js', import.meta.url);
const { writeRows } = await import(stacks.href);
const CLI = fileURLToPath(new URL('../../packages/runtime-node/dist/cli.js', import.meta.url));
const TELL = 'process.on("exit", () => console.log(`peak ${process.resourceUsage().maxRSS}`))';

const { values, positionals } = parseArgs({
  options: { symmetries: { type: 'boolean' }, memory: { type: 'string' } },
  allowPositionals: true,
});
const [model, ...sides] = positionals;
const [width, height, ...tiles] = sides.map(Number);
const bounds = values.memory === undefined ? tiles.map((tile) => ({ tile })) : [{ memory: values.memory }];

/** Rows of noise. */
function* noise() {
  let state = 1;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24;
  const rows = 64;
  for (let y = 0; y < height; y += rows) {
    yield { z: 0, y, data: Uint8Array.from({ length: width * Math.min(rows, height - y) }, next) };
  }
}

const folder = mkdtempSync(join(tmpdir(), 'dilated-unet-memory-'));
try {
  const input = join(folder, 'noise.tif');
  await writeRows(input, noise(), { width, height, depth: 1 });
  for (const bound of bounds) {
    const flags = { model, input, output: join(folder, 'mask.tif'), normalise: 'section', ...bound };
    const words = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
    if (values.symmetries) words.push('--symmetries');
    const start = performance.now();
    const said = execFileSync(process.execPath, ['--import', `data:text/javascript,${TELL}`, CLI, ...words], {
      encoding: 'utf8',
    });
    const seconds = (performance.now() - start) / 1000;
    const peakMB = Math.round((Number(/peak (\d+)/.exec(said)?.[1]) * 1024) / 1e6);
    const estimate = /up to (\S+ \S+) of memory/.exec(said)?.[1];
    const time = {
      seconds: Number(seconds.toFixed(1)),
      microsecondsAPixel: Number(((seconds * 1e6) / width / height).toFixed(3)),
    };
    process.stdout.write(
      `${JSON.stringify({ model, width, height, ...values, ...bound, peakMB, estimate, ...time })}\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
