/** Gives the tests, which run in Node, a hold on the package in the page. */
import { InvalidPackageError, isDilatedUnetError } from '@dilated-unet/core';
import { createSegmenter } from '@dilated-unet/runtime-web';

/** What a call threw. */
export interface Thrown {
  readonly name: string;
  readonly message: string;
  /** Whether it is an instance of the packages' own errors. */
  readonly known: boolean;
  /** Field and rule of an InvalidPackageError. */
  readonly place: { readonly field: string; readonly rule: string } | null;
}

const api = {
  createSegmenter,
  /** What `call` throws; null when it doesn't. */
  async thrownBy(call: () => unknown): Promise<Thrown | null> {
    try {
      await call();
      return null;
    } catch (error) {
      const { name, message } = error as Error;
      const place = error instanceof InvalidPackageError ? { field: error.field, rule: error.rule } : null;
      return { name, message, known: isDilatedUnetError(error), place };
    }
  },
  /** A worker whose GPU can be tampered with (gpu-tampering.ts). */
  tamperedWorker: () => new Worker(new URL('./tampered-worker.ts', import.meta.url), { type: 'module' }),
  /** A worker whose WebAssembly lacks a member. */
  workerWithout: (name: string) =>
    new Worker(new URL('./lacking-worker.ts', import.meta.url), { type: 'module', name }),
  /** A worker in a window that keeps nothing. */
  workerWithoutCaches: () => new Worker(new URL('./forgetful-worker.ts', import.meta.url), { type: 'module' }),
  /** A worker whose WebAssembly may have so many bytes. */
  thriftyWorker: (bytes: number) => {
    const worker = new Worker(new URL('./thrifty-worker.ts', import.meta.url), { type: 'module' });
    worker.postMessage({ bytes });
    return worker;
  },
  /** A worker that crashes on the second tile. */
  crashingWorker: () => new Worker(new URL('./crashing-worker.ts', import.meta.url), { type: 'module' }),
};

export type PageApi = typeof api;

declare global {
  var unet: PageApi;
}

globalThis.unet = api;
