/**
 * The memory of WebAssembly that a tile takes, with the graph as runtime-web writes it and as it is in the file:
 * `node docs/notes/wasm-memory.mjs MODEL SIDE`, a package and a side in pixels, after `npx nx run runtime-web:build`. One line of
 * JSON; the memory never shrinks, so each is measured in a process of its own.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const load = (file) => import(new URL(`../../${file}`, import.meta.url).href);
const [model, side, how] = process.argv.slice(2);

if (how === undefined) {
  const megabytes = (asItIs) =>
    Number(execFileSync(process.execPath, [fileURLToPath(import.meta.url), model, side, asItIs], { encoding: 'utf8' }));
  const line = { model, side: Number(side), winogradMiB: megabytes('winograd'), asItIsMiB: megabytes('as-it-is') };
  process.stdout.write(`${JSON.stringify(line)}\n`);
} else {
  let memory;
  const { Memory } = globalThis.WebAssembly;
  globalThis.WebAssembly.Memory = new Proxy(Memory, { construct: (of, facts) => (memory = new of(...facts)) });
  const { env, InferenceSession, Tensor } = await load('node_modules/onnxruntime-web/dist/ort.node.min.mjs');
  env.wasm.numThreads = 1;
  const { openModel } = await load('packages/model-package/dist/node/index.js');
  const { withWinograd } = await load('packages/core/dist/index.js');
  const { card, formFor } = await openModel(model);
  const file = await formFor({ engine: 'wasm', precision: 'fp32' }).read();
  const graph = how === 'winograd' ? withWinograd(file) : file;
  const session = await InferenceSession.create(graph, { executionProviders: ['wasm'], logSeverityLevel: 3 });
  const tile = new Float32Array(side ** 2);
  await session.run({ [card.input]: new Tensor('float32', tile, [1, Number(side), Number(side), 1]) });
  process.stdout.write(String(Math.round(memory.buffer.byteLength / 2 ** 20)));
  process.exit();
}
