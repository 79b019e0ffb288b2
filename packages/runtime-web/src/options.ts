import { InvalidOptionError } from '@dilated-unet/core';
import { PRECISION_OPTIONS, type PrecisionOption } from '@dilated-unet/model-package';
import type { WorkerLike } from './rpc/client.ts';
import type { DevicePreference, WasmLocation } from './rpc/protocol.ts';

/** Where a model comes from: a URL (relative to the page), or the bytes of its file. */
export type ModelSource = string | URL | Uint8Array | ArrayBuffer;

/** Where onnxruntime-web's files are served: a folder (ending in `/`), or single files; relative to the page. */
export type WasmPaths = string | URL | { readonly mjs?: string | URL; readonly wasm?: string | URL };

export interface WebSegmenterOptions {
  /**
   * The zip of a bioimage.io package, as `nx run tools:export-model` writes it, or an ONNX file with a model card. Bytes are
   * copied, not taken.
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
  /** Where onnxruntime-web's files are. @default beside the worker's script, where bundlers put them */
  readonly wasmPaths?: WasmPaths;
  /**
   * Makes the worker, for bundlers that don't understand `new Worker(new URL(...))`. The script must be (or import)
   * `@dilated-unet/runtime-web/worker`, as a module.
   * @default a module worker of this package's own script
   */
  readonly worker?: () => WorkerLike;
}

/** Options with their defaults, as the worker needs them. */
export interface CheckedOptions {
  readonly model: ModelSource;
  readonly device: DevicePreference;
  readonly precision: PrecisionOption;
  readonly wasmPaths: WasmLocation | null;
  readonly worker: (() => WorkerLike) | undefined;
}

const DEVICES: readonly DevicePreference[] = ['auto', 'webgpu', 'wasm'];
const NAMES = ['model', 'device', 'precision', 'wasmPaths', 'worker'];

/** @throws InvalidOptionError naming the first option that is unknown, missing or wrong. */
export function checkOptions(options: WebSegmenterOptions): CheckedOptions {
  for (const name of Object.keys(options)) {
    if (!NAMES.includes(name)) throw new InvalidOptionError(name, `is no option; there are ${NAMES.join(', ')}`, name);
  }
  const { model, device = 'auto', precision = 'auto', wasmPaths, worker } = options;
  if (!isModelSource(model)) {
    throw new InvalidOptionError('model', 'must be a URL, or the bytes of a zip or an ONNX file', model);
  }
  if (!DEVICES.includes(device)) throw new InvalidOptionError('device', `must be one of ${DEVICES.join(', ')}`, device);
  if (!PRECISION_OPTIONS.includes(precision)) {
    throw new InvalidOptionError('precision', `must be one of ${PRECISION_OPTIONS.join(', ')}`, precision);
  }
  if (worker !== undefined && typeof worker !== 'function') {
    throw new InvalidOptionError('worker', 'must be a function that makes a worker', worker);
  }
  return { model, device, precision, worker, wasmPaths: wasmPaths === undefined ? null : wasmLocation(wasmPaths) };
}

function isModelSource(model: unknown): model is ModelSource {
  if (typeof model === 'string') return model !== '';
  // By tag, since a frame's bytes are instances of other classes.
  const kind = Object.prototype.toString.call(model).slice('[object '.length, -1);
  return ['URL', 'Uint8Array', 'ArrayBuffer'].includes(kind);
}

/** Absolute, since the worker's script has another base than the page. */
function wasmLocation(paths: WasmPaths): WasmLocation {
  if (typeof paths === 'string' || paths instanceof URL) return absolute(paths);
  if (paths === null || typeof paths !== 'object' || (paths.mjs === undefined && paths.wasm === undefined)) {
    throw new InvalidOptionError('wasmPaths', 'must be the URL of a folder, or have the URLs mjs or wasm', paths);
  }
  return {
    ...(paths.mjs !== undefined && { mjs: absolute(paths.mjs) }),
    ...(paths.wasm !== undefined && { wasm: absolute(paths.wasm) }),
  };
}

function absolute(url: string | URL): string {
  if (URL.canParse(url, pageUrl())) return new URL(url, pageUrl()).href;
  throw new InvalidOptionError('wasmPaths', 'must be a URL', String(url));
}

/** What relative URLs are relative to: the page's base, or a worker's own location. */
export function pageUrl(): string {
  return typeof document === 'undefined' ? location.href : document.baseURI;
}
