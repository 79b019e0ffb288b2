/**
 * A process of `tools:bench-model`: predicts with ONNX Runtime, with the options of our runtimes. Takes an `InferenceTask`
 * with `engine` as its argument, prints an `InferenceTimes`.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { endianness } from 'node:os';
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
      extra: { session: { x64quantprecision: '1' } },
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

const { engine, size, image, output, model, warmUp, runs, threads } = JSON.parse(
  process.argv[2] ?? '{}',
) as InferenceTask & { readonly engine: keyof typeof ENGINES };
if (endianness() !== 'LE') throw new Error('The files of this bench are little-endian, and this machine is not.');
const bytes = await readFile(image);
const pixels = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
const { session, Tensor: Values, version } = await ENGINES[engine](await readFile(model), threads);
const [input, interior] = [session.inputNames[0] as string, session.outputNames[0] as string];
const ms: number[] = [];
let probabilities = new Float32Array();
for (let run = 0; run < warmUp + runs; run++) {
  const before = performance.now();
  const result = await session.run({ [input]: new Values('float32', pixels, [1, size, size, 1]) });
  if (run >= warmUp) ms.push(performance.now() - before);
  probabilities = result[interior]?.data as Float32Array<ArrayBuffer>;
}
await writeFile(output, new Uint8Array(probabilities.buffer, probabilities.byteOffset, probabilities.byteLength));
await session.release();
process.stdout.write(`${JSON.stringify({ ms, version } satisfies InferenceTimes)}\n`);
// The threads of WebAssembly would keep the process.
process.exit();
