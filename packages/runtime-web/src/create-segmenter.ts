import { readModel } from './model-source.ts';
import { checkOptions, type WebSegmenterOptions } from './options.ts';
import { WorkerClient, type WorkerLike } from './rpc/client.ts';
import { WorkerSegmenter, type WebSegmenter } from './web-segmenter.ts';

/**
 * Loads a model into a worker of its own and picks the device it runs on.
 *
 * At load the model runs on a small test image on WASM and, if WebGPU is to be used, on the GPU too; a GPU whose
 * numbers differ isn't used. Nothing needs the page to be cross-origin isolated; where it is, WASM uses threads.
 *
 * @throws InvalidOptionError when an option is unknown or wrong; InvalidModelError when there is no model at the URL,
 * or it isn't an ONNX file with a model card, or its graph isn't what the card says; EnvironmentError when the model
 * or ONNX Runtime's files cannot be reached, the worker doesn't start, or the device that was demanded isn't there.
 */
export async function createSegmenter(options: WebSegmenterOptions): Promise<WebSegmenter> {
  const { model: source, device, wasmPaths, worker = segmentationWorker } = checkOptions(options);
  const { model, card } = await readModel(source);
  const client = new WorkerClient(worker());
  try {
    const state = await client.call('load', { model, card, device, wasmPaths }, [model.buffer]);
    return new WorkerSegmenter(card, client, state);
  } catch (error) {
    client.stop(error as Error);
    throw error;
  }
}

/** Bundlers find the worker's script by this very expression. In the sources `worker.js` means worker.ts. */
function segmentationWorker(): WorkerLike {
  return new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'dilated-unet' });
}
