/** ONNX Runtime Web alone: one `session.run` on the whole image in one tile. */
import type { env, InferenceSession, Tensor } from 'onnxruntime-web';
import { floats, serveTask, type PageTask } from './task.ts';

interface Runtime {
  readonly env: typeof env;
  readonly InferenceSession: typeof InferenceSession;
  readonly Tensor: typeof Tensor;
}

/** The build that the package takes too. */
function load(device: PageTask['device']): Promise<Runtime> {
  if (device === 'wasm') return import('onnxruntime-web/wasm');
  return 'Suspending' in WebAssembly ? import('onnxruntime-web/jspi') : import('onnxruntime-web/webgpu');
}

serveTask(async ({ device, files, threads, size, input, output }) => {
  const { env, InferenceSession, Tensor } = await load(device);
  env.logLevel = 'error';
  env.wasm.numThreads = threads;
  const dims = [1, size, size, 1];
  const model = new Uint8Array(await (await fetch(`${files}model.onnx`)).arrayBuffer());
  const session = await InferenceSession.create(model, {
    // The layout of the graph.
    executionProviders: [device === 'wasm' ? 'wasm' : { name: 'webgpu', preferredLayout: 'NCHW' }],
    logSeverityLevel: 3,
  });
  const pixels = await floats(`${files}pixels.f32`);
  return {
    opened: { library: `onnxruntime-web ${env.versions.web ?? ''}`, backend: device },
    async run() {
      const before = performance.now();
      const { [output]: result } = await session.run({ [input]: new Tensor('float32', pixels, dims) }, [output]);
      const seconds = (performance.now() - before) / 1000;
      return { seconds, data: (result as Tensor).data as Float32Array };
    },
  };
});
