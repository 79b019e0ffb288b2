// node docs/notes/processes.mjs INPUT [MODEL] [--precision P] [--rounds N]
// One process with a thread for each core beside as many processes of one thread, each with its part of the stack: prints one
// JSON line, seconds of whole runs from start to finished output, medians of rounds that take turns (docs/decisions/parts.md).
// Run `npx nx run-many -t build` first.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const bin = fileURLToPath(new URL('../../packages/runtime-node/dist/cli.js', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { precision: { type: 'string', default: 'fp32' }, rounds: { type: 'string', default: '5' } },
});
const [input, model] = positionals;
const cores = availableParallelism();

async function segment(args) {
  const child = spawn(process.execPath, [bin, '--input', input, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`segment ${args.join(' ')} ended with ${code}`);
}

/** Seconds until the output of `count` processes is there. */
async function seconds(count) {
  const folder = await mkdtemp(join(tmpdir(), 'processes-'));
  const common = ['--output', join(folder, 'mask.tif'), '--precision', values.precision];
  if (model !== undefined) common.push('--model', model);
  const start = performance.now();
  const parts = Array.from({ length: count }, (_, part) => ['--part', `${part + 1}/${count}`]);
  const threads = ['--threads', String(cores / count)];
  await Promise.all(parts.map((part) => segment([...common, ...threads, ...(count > 1 ? part : [])])));
  const taken = (performance.now() - start) / 1000;
  await rm(folder, { recursive: true });
  return taken;
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const one = [];
const each = [];
for (let round = 0; round < Number(values.rounds); round++) {
  one.push(await seconds(1));
  each.push(await seconds(cores));
}
const line = {
  bench: 'processes',
  precision: values.precision,
  cores,
  oneProcess: median(one),
  processACore: median(each),
};
const facts = { ratio: line.processACore / line.oneProcess, rounds: one.length, cpu: cpus()[0].model };
process.stdout.write(`${JSON.stringify({ ...line, ...facts })}\n`);
