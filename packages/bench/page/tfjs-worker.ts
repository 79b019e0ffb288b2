/** The same network in TensorFlow.js, through tiles of one size that overlap by their halos. */
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import { getBackend, ready, setBackend, tensor4d, tidy, version_core, type Tensor } from '@tensorflow/tfjs-core';
import { floats, serveTask, type PageTask } from './task.ts';
import { fixedTiles } from '../src/web/fixed-tiles.ts';

async function start({ device, files, threads }: PageTask): Promise<string> {
  if (device === 'webgpu') {
    await import('@tensorflow/tfjs-backend-webgl');
    await setBackend('webgl');
  } else {
    const { setThreadsCount, setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
    setWasmPaths(`${files}tfjs/`);
    setThreadsCount(threads);
    await setBackend('wasm');
  }
  await ready();
  return getBackend();
}

serveTask(async (task) => {
  const { files, size, output, tile } = task;
  const backend = await start(task);
  const model = await loadGraphModel(`${files}graph-model/model.json`);
  const pixels = await floats(`${files}pixels.f32`);
  const { side, tiles } = fixedTiles(size, tile);
  const input = new Float32Array(side * side);

  async function predict(x: number, y: number): Promise<Float32Array> {
    for (let row = 0; row < side; row++) {
      const from = (y + row) * size + x;
      input.set(pixels.subarray(from, from + side), row * side);
    }
    const result = tidy(() => model.execute(tensor4d(input, [1, side, side, 1]), output) as Tensor);
    const data = (await result.data()) as Float32Array;
    result.dispose();
    return data;
  }

  return {
    opened: { library: `tfjs ${version_core}`, backend },
    async run() {
      const data = new Float32Array(size * size);
      const before = performance.now();
      for (const { x, y, kept } of tiles) {
        const part = await predict(x, y);
        for (let row = 0; row < kept.height; row++) {
          const from = (kept.y - y + row) * side + kept.x - x;
          data.set(part.subarray(from, from + kept.width), (kept.y + row) * size + kept.x);
        }
      }
      return { seconds: (performance.now() - before) / 1000, data };
    },
  };
});
