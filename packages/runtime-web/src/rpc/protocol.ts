import type { ErrorData, Precision } from '@dilated-unet/core';
import type { Model, PrecisionOption, TestResult } from '@dilated-unet/model-package';

/** What a model can run on in a browser. */
export type WebDevice = 'webgpu' | 'wasm';

/** What the caller asks for; `auto` leaves the choice to what the devices give when the model is loaded. */
export type DevicePreference = WebDevice | 'auto';

/** What a model says of itself. */
export interface ModelFacts extends Pick<Model, 'name' | 'sha256' | 'terms' | 'card'> {
  /** Those that it has a form of, the exact one first. */
  readonly precisions: readonly Precision[];
}

/** Where ONNX Runtime's own files lie: a folder, or each file; absolute URLs. */
export type WasmLocation = string | { readonly mjs?: string; readonly wasm?: string };

/** The GPU that a model runs on, as the browser describes it; fields that it keeps to itself are empty. */
export interface AdapterDescription {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  /** Whether it is emulated on the CPU. */
  readonly software: boolean;
}

/** What a model runs on now. It changes only when a GPU is lost and the model falls back. */
export interface DeviceState {
  readonly device: WebDevice;
  /** Why it isn't WebGPU, in words; null when nothing better was asked for. */
  readonly fallbackReason: string | null;
  /** The GPU; null on WASM. */
  readonly adapter: AdapterDescription | null;
  /** Largest side of a square tile that the device takes, pixels. */
  readonly maxTile: number;
  /** The form that runs. */
  readonly precision: Precision;
  /** What the device gave for the test of the package, which it passed; null of a single ONNX file. */
  readonly verified: TestResult | null;
}

export interface LoadRequest {
  /** The zip of a package, or an ONNX file. */
  readonly model: Uint8Array<ArrayBuffer>;
  readonly device: DevicePreference;
  readonly precision: PrecisionOption;
  readonly wasmPaths: WasmLocation | null;
}

export interface LoadReply {
  readonly facts: ModelFacts;
  readonly state: DeviceState;
}

export interface PredictRequest {
  /** z-scores; axes y, x. */
  readonly tile: Float32Array<ArrayBuffer>;
  /** Pixels, multiples of the model's stride. */
  readonly width: number;
  readonly height: number;
}

export interface PredictReply {
  /** Probabilities 0 ... 1; axes y, x. */
  readonly probabilities: Float32Array<ArrayBuffer>;
  readonly state: DeviceState;
}

/** The calls that the worker answers: name, argument, result. */
export interface Calls {
  readonly load: { readonly argument: LoadRequest; readonly result: LoadReply };
  readonly predict: { readonly argument: PredictRequest; readonly result: PredictReply };
}

export type CallName = keyof Calls;

export interface CallMessage<N extends CallName = CallName> {
  readonly id: number;
  readonly call: N;
  readonly argument: Calls[N]['argument'];
}

export type ReplyMessage =
  | { readonly id: number; readonly ok: true; readonly result: Calls[CallName]['result'] }
  | { readonly id: number; readonly ok: false; readonly error: ErrorData };
