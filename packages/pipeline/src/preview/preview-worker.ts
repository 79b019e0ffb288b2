/** The thread of `materialInThread`. */
import { parentPort, workerData } from 'node:worker_threads';
import { errorToData, type ErrorData } from '@dilated-unet/core';
import type { Progress } from '@dilated-unet/host';
import type { TrainConfig } from '@dilated-unet/trainer';
import { previewMaterial, type PreviewMaterial, type Said } from './material.ts';

/** What it sends; `done` and `failed` are the last. */
export type PreviewMessage =
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'read'; readonly said: Said }
  | { readonly type: 'done'; readonly material: PreviewMaterial }
  | { readonly type: 'failed'; readonly error: ErrorData };

const send = (message: PreviewMessage): void => parentPort?.postMessage(message);
try {
  const material = await previewMaterial(workerData as TrainConfig, {
    onProgress: (progress) => send({ type: 'progress', progress }),
    onRead: (said) => send({ type: 'read', said }),
  });
  send({ type: 'done', material });
} catch (error) {
  send({ type: 'failed', error: errorToData(error) });
}
