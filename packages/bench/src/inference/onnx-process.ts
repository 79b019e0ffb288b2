/**
 * A process of the benches of inference: predicts with ONNX Runtime, with the options of our runtimes and, unless `asItIs`, their
 * rewriting of the graph. Takes an `InferenceTask` with `engine` and `asItIs` as its argument, prints an `InferenceTimes`.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import { withWinograd } from '@dilated-unet/core';
import { hasIntegerInstructions } from '@dilated-unet/host';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { InferenceTask, InferenceTimes } from './task.ts';

interface Loaded {
  readonly session: InferenceSession;
  readonly Tensor: typeof Tensor;
  readonly version: string;
}

/** Each loads itself alone. */
const ENGINES: Readonly<Record<'cpu' | 'wasm', (model: Uint8Array, threads: number) => Promise<Loaded>>> = {
  async cpu(model, threads) {
    const { env, InferenceSession, Tensor } = await import('onnxruntime-node');
    const session = await InferenceSession.create(model, {
      executionProviders: ['cpu'],
      graphOptimizationLevel: 'all',
      intraOpNumThreads: threads,
      enableCpuMemArena: true,
      enableMemPattern: false,
      ...(!hasIntegerInstructions() && { extra: { session: { x64quantprecision: '1' } } }),
      logSeverityLevel: 4,
    });
    return { session, Tensor, version: `onnxruntime-node ${env.versions.node}` };
  },

  async wasm(model) {
    const { env, InferenceSession, Tensor } = await import('onnxruntime-web');
    env.wasm.numThreads = 1;
    env.logLevel = 'error';
    const session = await InferenceSession.create(model, { executionProviders: ['wasm'], logSeverityLevel: 3 });
    return { session, Tensor, version: `onnxruntime-web ${env.versions.web}` };
  },
};

const { engine, depth, height, width, images, output, model, asItIs, warmUp, runs, threads } = JSON.parse(
  process.argv[2] ?? '{}',
) as InferenceTask & { readonly engine: keyof typeof ENGINES; readonly asItIs: boolean };
if (endianness() !== 'LE') throw new Error('The files of this bench are little-endian, and this machine is not.');
const bytes = await readFile(images);
const pixels = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
const file = new Uint8Array(await readFile(model));
const graph = engine === 'cpu' || asItIs ? file : withWinograd(file);
const { session, Tensor: Values, version } = await ENGINES[engine](graph, threads);
const [input, interior] = [session.inputNames[0] as string, session.outputNames[0] as string];
const probabilities = new Float32Array(depth * height * width);
const predict = async (z: number): Promise<void> => {
  const [begin, end] = [z * height * width, (z + 1) * height * width];
  const section = new Values('float32', pixels.subarray(begin, end), [1, height, width, 1]);
  const result = await session.run({ [input]: section });
  probabilities.set(result[interior]?.data as Float32Array, begin);
};
for (let i = 0; i < warmUp; i++) await predict(0);
const ms: number[] = [];
for (let run = 0; run < runs; run++) {
  const before = performance.now();
  for (let z = 0; z < depth; z++) await predict(z);
  ms.push(performance.now() - before);
}
await writeFile(output, new Uint8Array(probabilities.buffer));
await session.release();
process.stdout.write(`${JSON.stringify({ ms, version } satisfies InferenceTimes)}\n`);
// The threads of WebAssembly would keep the process.
process.exit();
