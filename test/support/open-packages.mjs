/**
 * `node open-packages.mjs GOOD FILE...`: opens each model as a program does, and prints two lines of JSON for each: its `"name"`
 * before, and after `{"name", "seconds", "peakBytes"}` (of processor time) with one of
 * - `"refused"`, the message, at the `"stage"` open or load;
 * - `"difference"`, the largest to what GOOD, the package before it was changed, has as its test; `"bound"`, what its own test
 *   allows (null without one); `"verified"`, whether all its files are as the description says; `"form"`, the hash of what ran.
 *
 * Anything else that is thrown ends the program.
 */
import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { basename } from 'node:path';
import { isDilatedUnetError } from '@dilated-unet/core';
import { openModel } from '@dilated-unet/model-package/node';
import { createSegmenter } from '@dilated-unet/runtime-node';

const [good, ...paths] = process.argv.slice(2);
const { input, output } = (await openModel(good)).test;
/** What a model of the same bytes gave: the hashes are those of all that is run. */
const known = new Map();

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');

async function loaded(model) {
  const segmenter = await createSegmenter({ model, device: 'cpu', threads: 1 });
  try {
    // In one piece, as the test is run.
    const found = await segmenter.segmentWhole(input, { tile: Math.max(input.width, input.height) });
    const differences = output.data.map((value, i) => Math.abs(value - found.data[i]));
    const difference = differences.every(Number.isFinite) ? Math.max(...differences) : 'not finite';
    return { difference, bound: segmenter.verified?.bound.largest ?? null };
  } finally {
    await segmenter.dispose();
  }
}

async function answered(stage, promise) {
  try {
    return { value: await promise };
  } catch (error) {
    if (!isDilatedUnetError(error)) throw error;
    return { refusal: { refused: `${error.name}: ${error.message}`, stage } };
  }
}

async function read(path) {
  const { value: model, refusal } = await answered('open', openModel(path));
  if (refusal) return refusal;
  const form = await answered('open', model.formFor({ engine: 'cpu' }).read());
  const verified = (await answered('open', model.verifyFiles())).refusal === undefined;
  if (form.refusal) {
    // Nor does it run.
    const { value } = await answered('load', loaded(model));
    return value === undefined ? form.refusal : { ...value, verified, form: 'refused' };
  }
  const tensors =
    model.test === null ? [] : [model.test.input, model.test.output].map(({ data }) => new Uint8Array(data.buffer));
  const key = sha256(form.value, JSON.stringify([model.card, model.test?.input.width]), ...tensors);
  if (!known.has(key)) {
    const { value, refusal } = await answered('load', loaded(model));
    known.set(key, refusal ?? { ...value, form: sha256(form.value) });
  }
  return { ...known.get(key), verified };
}

const print = (line) => writeSync(1, `${JSON.stringify(line)}\n`);
for (const path of paths) {
  const name = basename(path);
  print({ name });
  const start = process.cpuUsage();
  const answer = await read(path).catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  });
  const { user, system } = process.cpuUsage(start);
  const seconds = (user + system) / 1e6;
  print({ name, seconds, peakBytes: process.resourceUsage().maxRSS * 1024, ...answer });
}
