import { InvalidOptionError, requireOptionNames } from '@dilated-unet/core';
import { PRECISION_OPTIONS, type PrecisionOption } from '@dilated-unet/model-package';
import type { WorkerLike } from './rpc/client.ts';
import type { DevicePreference, Progress } from './rpc/protocol.ts';

/** Where a model comes from: a URL (relative to the page), or the bytes of its file. */
export type ModelSource = string | URL | Uint8Array | ArrayBuffer;

export interface WebSegmenterOptions {
  /**
   * The zip of a bioimage.io package, as `nx run tools:export-model` writes it, its folder (a URL whose path ends in `/`), or an ONNX
   * file with a model card. Of a package at a URL only the description, the test and the form that runs are downloaded; of a
   * zip by range requests, where its server answers them. Bytes are copied, not taken.
   */
  readonly model: ModelSource;
  /**
   * `webgpu` and `wasm` demand that device; `auto` takes a hardware GPU if it gives the test of the package (of a single ONNX
   * file: what WASM gives for a small image), else WASM.
   * @default 'auto'
   */
  readonly device?: DevicePreference;
  /**
   * Which form of the package is run. `auto` takes fp32 on WASM; on WebGPU fp16, where there is one, the GPU has 16-bit floats
   * and passes the test in them, else fp32; int8 is taken only when it is asked for.
   * @default 'auto'
   */
  readonly precision?: PrecisionOption;
  /**
   * The folder that has the files of onnxruntime-web 1.30.0 (its `dist`), relative to the page; another server will do.
   * @default where a bundler put them
   */
  readonly wasmPaths?: string | URL;
  /**
   * The URL of the worker's script, also of another server that allows this page (CORS): `dist/standalone/worker.js`. Or a
   * function that makes the worker, for bundlers that don't understand `new Worker(new URL(...))`; its script must be (or import)
   * `@dilated-unet/runtime-web/worker`, as a module.
   * @default a module worker of this package's own script
   */
  readonly worker?: string | URL | (() => WorkerLike);
  /**
   * Whether the browser keeps the files of a package at a URL (Cache API) for the next visit. Their hashes are checked then too.
   * @default true
   */
  readonly cache?: boolean;
  /** Ends the loading; what it has started is stopped. */
  readonly signal?: AbortSignal;
  /** Is told how much of a model at a URL has come. */
  readonly onProgress?: (progress: Progress) => void;
}

/** Options with their defaults, as the worker needs them. */
export interface CheckedOptions {
  readonly model: ModelSource;
  readonly device: DevicePreference;
  readonly precision: PrecisionOption;
  readonly wasmPaths: string | null;
  readonly worker: string | (() => WorkerLike) | undefined;
  readonly cache: boolean;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

const DEVICES: readonly DevicePreference[] = ['auto', 'webgpu', 'wasm'];
const NAMES = ['model', 'device', 'precision', 'wasmPaths', 'worker', 'cache', 'signal', 'onProgress'];

/** @throws InvalidOptionError naming the first option that is unknown, missing or wrong. */
export function checkOptions(options: WebSegmenterOptions): CheckedOptions {
  requireOptionNames(options, NAMES);
  const { model, device = 'auto', precision = 'auto', wasmPaths, worker, cache = true, signal, onProgress } = options;
  if (!isModelSource(model)) {
    throw new InvalidOptionError('model', 'must be a URL, or the bytes of a zip or an ONNX file', model);
  }
  if (!DEVICES.includes(device)) throw new InvalidOptionError('device', `must be one of ${DEVICES.join(', ')}`, device);
  if (!PRECISION_OPTIONS.includes(precision)) {
    throw new InvalidOptionError('precision', `must be one of ${PRECISION_OPTIONS.join(', ')}`, precision);
  }
  if (typeof cache !== 'boolean') throw new InvalidOptionError('cache', 'must be true or false', cache);
  if (signal !== undefined && typeof signal.addEventListener !== 'function') {
    throw new InvalidOptionError('signal', 'must be an AbortSignal', signal);
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new InvalidOptionError('onProgress', 'must be a function', onProgress);
  }
  const folder = wasmPaths === undefined ? null : wasmFolder(wasmPaths);
  const script = worker === undefined || typeof worker === 'function' ? worker : workerScript(worker);
  return { model, device, precision, worker: script, cache, signal, onProgress, wasmPaths: folder };
}

function isModelSource(model: unknown): model is ModelSource {
  if (typeof model === 'string') return model !== '';
  // By tag, since a frame's bytes are instances of other classes.
  const kind = Object.prototype.toString.call(model).slice('[object '.length, -1);
  return ['URL', 'Uint8Array', 'ArrayBuffer'].includes(kind);
}

/** Absolute, since the worker's script has another base than the page. */
function wasmFolder(folder: unknown): string {
  const isUrl = typeof folder === 'string' || folder instanceof URL;
  if (!isUrl || !URL.canParse(folder, pageUrl())) {
    throw new InvalidOptionError('wasmPaths', 'must be the URL of a folder', isUrl ? String(folder) : folder);
  }
  const { href } = new URL(folder, pageUrl());
  return href.endsWith('/') ? href : `${href}/`;
}

function workerScript(script: unknown): string {
  const isUrl = typeof script === 'string' || script instanceof URL;
  if (isUrl && URL.canParse(script, pageUrl())) return new URL(script, pageUrl()).href;
  const rule = 'must be the URL of its script, or a function that makes it';
  throw new InvalidOptionError('worker', rule, isUrl ? String(script) : script);
}

/** What relative URLs are relative to: the page's base, or a worker's own location. */
export function pageUrl(): string {
  return typeof document === 'undefined' ? location.href : document.baseURI;
}
