import { modelOf } from './model-source.ts';
import { makeWorker } from './make-worker.ts';
import { checkOptions, type WebSegmenterOptions } from './options.ts';
import { WorkerClient } from './rpc/client.ts';
import { WorkerSegmenter, type WebSegmenter } from './web-segmenter.ts';

/**
 * Loads a model into a worker of its own and picks the device it runs on.
 *
 * Of a package, the hash of what is read is checked, and the device must give its test. A single ONNX file has none: it runs on
 * a small image on WASM and, if WebGPU is to be used, on the GPU too. A GPU whose numbers differ isn't used. Nothing needs the
 * page to be cross-origin isolated; where it is, WASM uses threads.
 *
 * @throws the signal's reason when it is aborted; InvalidOptionError when an option is unknown or wrong, or the model lacks the precision; InvalidModelError when there
 * is no model at the URL, it isn't an ONNX file with a model card, or its graph isn't what the card says; InvalidPackageError
 * (a kind of it) when a package isn't as it was published, or WASM doesn't give its test; EnvironmentError when the model
 * or ONNX Runtime's files cannot be reached, a server is busy, the worker doesn't start, or the device that was demanded isn't there.
 */
export async function createSegmenter(options: WebSegmenterOptions): Promise<WebSegmenter> {
  const { model: source, worker, signal, onProgress, ...request } = checkOptions(options);
  signal?.throwIfAborted();
  const model = modelOf(source);
  const client = new WorkerClient(makeWorker(worker));
  const abort = (): void => client.stop(signal?.reason as Error);
  signal?.addEventListener('abort', abort);
  try {
    const transfer = typeof model === 'string' ? [] : [model.buffer];
    return new WorkerSegmenter(client, await client.call('load', { model, ...request }, { transfer, onProgress }));
  } catch (error) {
    client.stop(error as Error);
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
