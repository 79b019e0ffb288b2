/** The workers of the page: what reads, what draws, what segments, and what counts. */
import { Remote } from './worker/rpc.ts';
import type { AnalysisCalls } from './worker/analysis-worker.ts';
import type { ImageCalls } from './worker/image-worker.ts';
import type { PaintCalls } from './worker/paint-worker.ts';
import type { SegmentCalls } from './worker/segment-worker.ts';

export const reader = new Remote<ImageCalls>(
  new Worker(new URL('./worker/image-worker.ts', import.meta.url), { type: 'module', name: 'reader' }),
);

export const painter = new Remote<PaintCalls>(
  new Worker(new URL('./worker/paint-worker.ts', import.meta.url), { type: 'module', name: 'painter' }),
);

export const analyst = lazy(
  () =>
    new Remote<AnalysisCalls>(
      new Worker(new URL('./worker/analysis-worker.ts', import.meta.url), { type: 'module', name: 'analyst' }),
    ),
);

/** With the model and ONNX Runtime, which are loaded when something is segmented. */
export const segmenter = lazy(
  () =>
    new Remote<SegmentCalls>(
      new Worker(new URL('./worker/segment-worker.ts', import.meta.url), { type: 'module', name: 'segmenter' }),
    ),
);

function lazy<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
