/** Gives the bench, which runs in Node, a hold on the contestants in the page. */
import { createSegmenter } from '@dilated-unet/runtime-web';
import { type Answer, type Opened, type PageTask, type Ran, type Request } from './task.ts';

export type ContestantName = 'ours' | 'bare' | 'tfjs';

interface Contestant {
  readonly opened: Opened;
  run(): Promise<Ran>;
}

const OPEN: Readonly<Record<ContestantName, (task: PageTask) => Promise<Contestant>>> = {
  ours: openOurs,
  bare: (task) => inWorker(new Worker(new URL('./bare-worker.ts', import.meta.url), { type: 'module' }), task),
  tfjs: (task) => inWorker(new Worker(new URL('./tfjs-worker.ts', import.meta.url), { type: 'module' }), task),
};

/** The package as a page uses it: from grey values to the whole result, timed in the page. */
async function openOurs({ device, files, size, dtype, normalise }: PageTask): Promise<Contestant> {
  const segmenter = await createSegmenter({ model: `${files}model.zip`, device, precision: 'fp32', cache: false });
  const bytes = await (await fetch(`${files}image.bin`)).arrayBuffer();
  const data = { uint8: Uint8Array, uint16: Uint16Array, float32: Float32Array };
  const image = { width: size, height: size, data: new data[dtype](bytes) };
  const adapter = segmenter.adapter && `${segmenter.adapter.vendor} ${segmenter.adapter.architecture}`;
  return {
    opened: { library: 'runtime-web', backend: adapter ?? segmenter.device },
    async run() {
      const before = performance.now();
      const result = await segmenter.segmentWhole(image, { normalise });
      return { seconds: (performance.now() - before) / 1000, data: result.data };
    },
  };
}

async function inWorker(worker: Worker, task: PageTask): Promise<Contestant> {
  const answer = await ask(worker, task);
  return {
    opened: (answer as Extract<Answer, { opened: Opened }>).opened,
    run: async () => ((await ask(worker, 'run')) as Extract<Answer, { ran: Ran }>).ran,
  };
}

/** The next answer of `worker`, of which one thing is asked at a time. @throws Error with what it failed with. */
function ask(worker: Worker, request: Request): Promise<Answer> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Answer>) =>
      'failed' in data ? reject(new Error(data.failed)) : resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(request);
  });
}

const opened = new Map<ContestantName, Contestant>();
const results = new Map<ContestantName, Float32Array>();

const api = {
  async open(name: ContestantName, task: PageTask): Promise<Opened> {
    const contestant = await OPEN[name](task);
    opened.set(name, contestant);
    return contestant.opened;
  },
  /** Seconds of one run. */
  async run(name: ContestantName): Promise<number> {
    const { seconds, data } = await (opened.get(name) as Contestant).run();
    results.set(name, data);
    return seconds;
  },
  /** Largest difference of the last results of two; NaN where a value is none. */
  difference(a: ContestantName, b: ContestantName): number {
    const [one, other] = [results.get(a), results.get(b)] as [Float32Array, Float32Array];
    return one.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (other[i] as number))), 0);
  },
  /** How the page may use threads: `navigator.hardwareConcurrency` where it is isolated, else one. */
  threads: (): number => (crossOriginIsolated ? navigator.hardwareConcurrency : 1),
  /** The GPUs that the browser has, in its words; null where it has none or emulates it. */
  async gpus(): Promise<{ readonly webgpu: string | null; readonly software: boolean }> {
    const { gpu } = navigator as Partial<Navigator>;
    const adapter = (await gpu?.requestAdapter({ powerPreference: 'high-performance' })) ?? null;
    if (adapter === null) return { webgpu: null, software: false };
    const { vendor, architecture, isFallbackAdapter } = adapter.info;
    return { webgpu: `${vendor} ${architecture}`, software: isFallbackAdapter };
  },
};

export type BenchPage = typeof api;

declare global {
  var bench: BenchPage;
}

globalThis.bench = api;
