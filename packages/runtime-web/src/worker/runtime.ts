import { EnvironmentError } from '@dilated-unet/core';
import type { env, InferenceSession, Tensor } from 'onnxruntime-web';
import { messageOf } from '../rpc/message-of.ts';

/** What is used of ONNX Runtime Web. */
export interface OnnxRuntime {
  readonly env: typeof env;
  readonly InferenceSession: typeof InferenceSession;
  readonly Tensor: typeof Tensor;
}

/** Threads beyond this gain little on tiles and starve the page. Only pages that are cross-origin isolated have any. */
const MAX_THREADS = 8;

/**
 * The builds of ONNX Runtime Web, each with a WebAssembly module of its own, of which one is downloaded: the CPU alone (14.2 MB,
 * 3.7 MB gzipped), WebGPU where WebAssembly can wait for promises (16.8, 4.1), and WebGPU elsewhere (26.8, 6.6).
 */
const BUILDS = {
  wasm: { file: 'ort.wasm.min.mjs', load: () => import('onnxruntime-web/wasm') },
  jspi: { file: 'ort.jspi.min.mjs', load: () => import('onnxruntime-web/jspi') },
  webgpu: { file: 'ort.webgpu.min.mjs', load: () => import('onnxruntime-web/webgpu') },
} as const;

export interface RuntimeRequest {
  /** Whether it must drive a GPU; every build has the CPU. */
  readonly gpu: boolean;
  /** Folder of onnxruntime-web's files, ending in `/`; null: where a bundler put them. */
  readonly wasmPaths: string | null;
}

/**
 * Loads the smallest build of ONNX Runtime that serves.
 *
 * @throws EnvironmentError when it cannot be reached.
 */
export async function loadRuntime({ gpu, wasmPaths }: RuntimeRequest): Promise<OnnxRuntime> {
  const { file, load } = BUILDS[gpu ? ('Suspending' in WebAssembly ? 'jspi' : 'webgpu') : 'wasm'];
  const runtime = await (wasmPaths === null ? load() : importFrom(wasmPaths + file)).catch((cause: unknown) => {
    throw new EnvironmentError(
      `ONNX Runtime did not load: ${messageOf(cause)}. Say by \`wasmPaths\` which folder has the files of onnxruntime-web ` +
        '(its `dist`).',
      { cause },
    );
  });
  const { env } = runtime;
  env.logLevel = 'error';
  // Threads need shared memory, which only cross-origin isolated pages have; without it ONNX Runtime would warn.
  env.wasm.numThreads = globalThis.crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, MAX_THREADS) : 1;
  if (wasmPaths !== null) env.wasm.wasmPaths = wasmPaths;
  return runtime;
}

/** Bundlers must leave this import alone. */
const importFrom = (url: string): Promise<OnnxRuntime> =>
  import(/* @vite-ignore */ /* webpackIgnore: true */ url) as Promise<OnnxRuntime>;
