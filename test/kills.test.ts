import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeTiffStack } from '@dilated-unet/stacks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noiseStack, random } from '../packages/stacks/test/support/images.ts';
import { model } from '../packages/runtime-node/test/support/models.ts';
import { ROOT } from './support/experiment.ts';

/** Moments at which a run is killed; `npx nx run test:kills` asks for ten times as many. */
const COUNT = Number(process.env['KILLS'] ?? 5);
const SEED = Number(process.env['KILLS_SEED'] ?? 1);
const CLI = join(ROOT, 'packages/runtime-node/dist/cli.js');
const OUTPUTS = ['mask.tif', 'mask', 'mask.zarr', 'cells.tif'] as const;
const SECTIONS = 12;
const folder = mkdtempSync(join(tmpdir(), 'dilated-unet-kills-'));
const file = (name: string): string => join(folder, name);

/** What an undisturbed run writes. */
const expected = new Map<string, string>();
/** Milliseconds that a section takes about. */
let sectionMs = 0;

function start(output: string, more: readonly string[] = []) {
  // A slash at the end: a folder of PNG sections.
  const place = output.endsWith('mask') ? `${output}/` : output;
  const result = output.includes('cells') ? ['--result', 'instances'] : [];
  const flags = ['--model', file('model.onnx'), '--input', file('stack.tif'), '--output', place, '--threads', '1'];
  const child = spawn(process.execPath, [CLI, ...flags, '--device', 'cpu', ...result, ...more]);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  return {
    child,
    said: () => said,
    exit: once(child, 'exit') as Promise<[code: number | null, signal: string | null]>,
  };
}

async function finish(output: string, more: readonly string[] = []): Promise<void> {
  const { said, exit } = start(output, more);
  expect((await exit)[0], said()).toBe(0);
}

/** Waits until `count` sections of `output` are done, or all of it. */
async function doneSections(output: string, count: number): Promise<void> {
  for (let done = 0; done < count && !existsSync(output); await sleep(1)) {
    // The folder appears with its first section and goes with its last.
    const names = await readdir(`${output}.parts`).catch(() => []);
    done = names.filter((name) => /^section-\d+\.tif$/.test(name)).length;
  }
}

/** Names and bytes of all files at `place`. */
function contentOf(place: string): string {
  const hash = createHash('sha256');
  const names = statSync(place).isDirectory() ? readdirSync(place, { recursive: true, encoding: 'utf8' }).sort() : [''];
  for (const name of names) {
    const path = join(place, name);
    if (statSync(path).isFile()) hash.update(`${name}\0`).update(readFileSync(path));
  }
  return hash.digest('hex');
}

beforeAll(async () => {
  writeFileSync(file('model.onnx'), model());
  writeFileSync(file('stack.tif'), await encodeTiffStack(noiseStack(360, 360, SECTIONS)));
  mkdirSync(file('undisturbed'));
  for (const name of OUTPUTS) {
    const output = join(file('undisturbed'), name);
    const run = start(output);
    const begun = once(run.child.stderr, 'data').then(() => performance.now());
    expect((await run.exit)[0], run.said()).toBe(0);
    sectionMs = (performance.now() - (await begun)) / SECTIONS;
    expected.set(name, contentOf(output));
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

test(`a run that is killed goes on to the bytes of an undisturbed one, ${COUNT} moments, seed ${SEED}`, async () => {
  const next = random(SEED);
  let interrupted = 0;
  for (let i = 0; i < COUNT; i++) {
    const name = OUTPUTS[i % OUTPUTS.length] as string;
    const [room, moment, parts] = [file(`killed-${i}`), next(), next() < 0.5 ? 1 : 2];
    mkdirSync(room);
    const output = join(room, name);
    const what = `moment ${i + 1}: ${name}, ${moment.toFixed(3)} of the run, ${parts} at once`;
    const runs = Array.from({ length: parts }, () => start(output));
    // Counted in sections and not in seconds, in which another process on the machine would have a say.
    const sections = moment * (SECTIONS + 1);
    await doneSections(output, Math.floor(sections));
    await sleep((sections % 1) * sectionMs);
    for (const { child } of runs) child.kill('SIGKILL');
    const codes = (await Promise.all(runs.map(({ exit }) => exit))).map(([code]) => code);
    if (codes.includes(null)) interrupted++;
    // While the run is not at its end, the output is not there, or whole.
    if (readdirSync(room).includes(name)) expect(contentOf(output), what).toBe(expected.get(name));
    // A folder of PNG sections that is whole is not replaced.
    if (!codes.includes(0)) {
      await finish(output);
      expect(readdirSync(room), what).toEqual([name]);
    }
    expect(contentOf(output), what).toBe(expected.get(name));
    rmSync(room, { recursive: true });
  }
  expect(interrupted).toBeGreaterThan(COUNT / 2);
});

test('processes of one part at once, and parts in another order, give the same bytes', async () => {
  for (const name of OUTPUTS) {
    const room = file(`parts-${name}`);
    mkdirSync(room);
    const output = join(room, name);
    await Promise.all(['7/7', '2/7', '2/7'].map((part) => finish(output, ['--part', part])));
    for (const part of ['4/7', '1/7', '6/7', '3/7', '5/7']) await finish(output, ['--part', part]);
    expect(contentOf(output), name).toBe(expected.get(name));
  }
});
