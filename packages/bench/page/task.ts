import type { GreyOptions } from '@dilated-unet/core';

/** What the contestants of the page run: the files lie beside it (`writeMaterial` of src/web). */
export interface PageTask {
  readonly device: 'wasm' | 'webgpu';
  /** Address of the folder with the files, ending in `/`. */
  readonly files: string;
  /** Threads of WebAssembly; what the page's isolation allows. */
  readonly threads: number;
  /** Side of the square image, pixels. */
  readonly size: number;
  /** Of the image. */
  readonly dtype: 'uint8' | 'uint16' | 'float32';
  /** By what its grey values are normalised. */
  readonly normalise: NonNullable<GreyOptions['normalise']>;
  /** Names of the model's input and output. */
  readonly input: string;
  readonly output: string;
  /** Pixels that a tile of TensorFlow.js keeps on a side, and those around them that it computes for them. */
  readonly tile: { readonly kept: number; readonly halo: number };
}

/** What a contestant says once it is ready. */
export interface Opened {
  /** Its library, with the version. */
  readonly library: string;
  /** What it runs on, in its own words. */
  readonly backend: string;
}

export interface Ran {
  readonly seconds: number;
  /** Probability of cell interior; axes y, x. */
  readonly data: Float32Array;
}

/** What goes to a worker: a task that it opens, then nothing but the word to run it. */
export type Request = PageTask | 'run';

/** What comes back. */
export type Answer = { readonly opened: Opened } | { readonly ran: Ran } | { readonly failed: string };

/** Answers requests of the page with what `open` gives. */
export function serveTask(open: (task: PageTask) => Promise<{ readonly opened: Opened; run(): Promise<Ran> }>): void {
  let run: (() => Promise<Ran>) | undefined;
  const answer = async (request: Request): Promise<Answer> => {
    try {
      if (request === 'run') return { ran: await (run as () => Promise<Ran>)() };
      const contestant = await open(request);
      run = () => contestant.run();
      return { opened: contestant.opened };
    } catch (error) {
      return { failed: String(error) };
    }
  };
  addEventListener('message', ({ data }: MessageEvent<Request>) => void answer(data).then((said) => postMessage(said)));
}

export async function floats(url: string): Promise<Float32Array<ArrayBuffer>> {
  return new Float32Array(await (await fetch(url)).arrayBuffer());
}
