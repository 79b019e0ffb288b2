import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { summariseSections, type GreyStack, type SectionEvaluation, type StackEvaluation } from '@dilated-unet/core';

/** What each thread is given. */
export interface SectionWorkerData {
  readonly labels: GreyStack<Uint8Array<SharedArrayBuffer>>;
  readonly probabilities: GreyStack<Float32Array<SharedArrayBuffer>>;
}

export interface ScoreStackOptions {
  /** Threads at work. @default one per core, and no more than there are sections */
  readonly threads?: number;
  /** Called after each section. */
  readonly onSection?: (done: number, total: number) => void;
}

/** Node runs the built thread even where this module was loaded from its source (by a test runner). */
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/scoring/section-worker.js' : './section-worker.js',
  import.meta.url,
);

/**
 * The metrics of the ISBI-2012 challenge for a stack, as `evaluateStack` of core computes them, its sections in threads.
 *
 * @param stacks labels 0 and 1, probabilities 0 ... 1, of the same size, each section with some interior.
 */
export async function scoreStack(stacks: SectionWorkerData, options: ScoreStackOptions = {}): Promise<StackEvaluation> {
  const { depth } = stacks.labels;
  const { threads = availableParallelism(), onSection } = options;
  const sections = new Array<SectionEvaluation>(depth);
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    // Without the flags of a test runner, which would have the built thread load sources.
    const worker = new Worker(ENTRY, { workerData: stacks, execArgv: [] });
    try {
      while (next < depth) {
        const z = next++;
        sections[z] = await ask(worker, z);
        onSection?.(++done, depth);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(threads, depth) }, work));
  return summariseSections(sections);
}

function ask(worker: Worker, z: number): Promise<SectionEvaluation> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      worker.removeAllListeners('message').removeAllListeners('error').removeAllListeners('exit');
      finish();
    };
    worker.once('message', (evaluation: SectionEvaluation) => settle(() => resolve(evaluation)));
    worker.once('error', (error) => settle(() => reject(error)));
    worker.once('exit', (code) => settle(() => reject(new Error(`The thread of section ${z + 1} ended (${code}).`))));
    worker.postMessage(z);
  });
}
