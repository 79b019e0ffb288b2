import { Worker } from 'node:worker_threads';
import { errorFromData } from '@dilated-unet/core';
import type { TrainConfig } from '@dilated-unet/trainer';
import type { MaterialWatcher, PreviewMaterial } from './material.ts';
import type { PreviewMessage } from './preview-worker.ts';

/** Node runs the built thread even where this module was loaded from its source (by a test runner). */
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/preview/preview-worker.js' : './preview-worker.js',
  import.meta.url,
);

/**
 * `previewMaterial` in a thread of its own, which ends at once when `signal` is aborted: what it does takes seconds in which it
 * hears nothing.
 *
 * @throws as `previewMaterial`; the signal's reason.
 */
export async function materialInThread(
  config: TrainConfig,
  { onProgress, onRead, signal }: MaterialWatcher & { readonly signal: AbortSignal },
): Promise<PreviewMaterial> {
  signal.throwIfAborted();
  // Without the flags of a test runner, which would have the built thread load sources.
  const worker = new Worker(ENTRY, { workerData: config, execArgv: [] });
  try {
    return await new Promise<PreviewMaterial>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      worker.once('error', reject);
      worker.on('message', (message: PreviewMessage) => {
        if (message.type === 'progress') onProgress(message.progress);
        else if (message.type === 'read') onRead(message.said);
        else if (message.type === 'done') resolve(message.material);
        else reject(errorFromData(message.error));
      });
    });
  } finally {
    await worker.terminate();
  }
}
