// node docs/notes/before-after.mjs BASE HEAD ROUNDS: training steps of two built checkouts and of Keras, in fresh
// processes, interleaved; one JSON line per process. Keras runs in HEAD's .venv-tools.
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

const [base, head] = process.argv.slice(2, 4).map((folder) => resolve(folder));
const rounds = Number(process.argv[4] ?? 3);

async function measure(program, words, task, env) {
  const { stdout } = await promisify(execFile)(program, [...words, JSON.stringify(task)], { env, maxBuffer: 2 ** 26 });
  return JSON.parse(stdout.split('\n').findLast((line) => line.startsWith('{')));
}

async function ours(checkout, task) {
  const trainer = `${checkout}/packages/trainer/dist`;
  const { trainingEnvironment } = await import(`${trainer}/index.js`);
  return measure(process.execPath, [`${trainer}/bench/ours.js`], task, { ...process.env, ...trainingEnvironment() });
}

function keras(task) {
  const env = { ...process.env, TF_ENABLE_ONEDNN_OPTS: '1', TF_CPP_MIN_LOG_LEVEL: '2' };
  const words = [`${head}/tools/python/bench_keras_step.py`];
  return measure(`${head}/.venv-tools/bin/python`, words, { ...task, jit: 'off' }, env);
}

for (let round = 0; round < rounds; round++) {
  for (const [size, batch, steps] of [
    [256, 2, 8],
    [512, 3, 4],
  ]) {
    for (const variant of ['unet', 'dilated-unet']) {
      const task = { variant, size, batch, warmUp: 2, steps };
      const own = [
        ['base', () => ours(base, task)],
        ['head', () => ours(head, task)],
      ];
      for (const [who, run] of [...(round % 2 ? own.reverse() : own), ['keras', () => keras(task)]]) {
        const { stepMs, peakRssBytes, version } = await run();
        const date = new Date().toISOString();
        const line = { who, variant, size, batch, round, stepMs: stepMs.map(Math.round), peakRssBytes, version, date };
        process.stdout.write(`${JSON.stringify(line)}\n`);
      }
    }
  }
}
