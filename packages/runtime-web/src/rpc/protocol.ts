import type { ErrorData, Planes, Precision } from '@dilated-unet/core';
import type { FormFacts, Model, PrecisionOption, TestResult } from '@dilated-unet/model-package';

/** What a model can run on in a browser. */
export type WebDevice = 'webgpu' | 'wasm';

/** What the caller asks for; `auto` leaves the choice to what the devices give when the model is loaded. */
export type DevicePreference = WebDevice | 'auto';

/** What a model says of itself. */
export interface ModelFacts extends Pick<Model, 'name' | 'sha256' | 'terms' | 'card'> {
  /** In which precisions it can run, the exact one first, and by how much each differs from float32 TensorFlow. */
  readonly forms: readonly FormFacts[];
}

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

/** How much of a model has come. */
export interface Progress {
  /** Bytes that have come. */
  readonly loaded: number;
  /** Bytes that have been asked for so far: of a package, what is needed next is known when its description has come. */
  readonly total: number;
}

export interface LoadRequest {
  /** The zip of a package or an ONNX file, or where one or the folder of a package lies: an absolute URL. */
  readonly model: Uint8Array<ArrayBuffer> | string;
  /** Whether what has come is kept for the next visit. */
  readonly cache: boolean;
  readonly device: DevicePreference;
  readonly precision: PrecisionOption;
  /** Folder of ONNX Runtime's files, an absolute URL that ends in `/`; null: where a bundler put them. */
  readonly wasmPaths: string | null;
}

export interface LoadReply {
  readonly facts: ModelFacts;
  readonly state: DeviceState;
}

export interface ComputeRequest {
  /** Name of a stage of the model's card; null: the whole model. */
  readonly stage: string | null;
  /** z-scores of the image as one channel, or maps, in the order of the stage's inputs. Sides are multiples of the stride. */
  readonly inputs: readonly Planes[];
}

export interface ComputeReply {
  /**
   * Maps, or probabilities 0 ... 1 as one channel. null where the model goes on in another form, whose maps have other
   * channels: a run in stages then begins again.
   */
  readonly outputs: readonly Planes[] | null;
  /** Says that memory ran out, where it did and there are no outputs; else null. */
  readonly shortage: string | null;
  readonly state: DeviceState;
}

/** The calls that the worker answers: name, argument, result. */
export interface Calls {
  readonly load: { readonly argument: LoadRequest; readonly result: LoadReply };
  readonly compute: { readonly argument: ComputeRequest; readonly result: ComputeReply };
}

export type CallName = keyof Calls;

export interface CallMessage<N extends CallName = CallName> {
  readonly id: number;
  readonly call: N;
  readonly argument: Calls[N]['argument'];
}

export type ReplyMessage =
  | { readonly id: number; readonly progress: Progress }
  | { readonly id: number; readonly ok: true; readonly result: Calls[CallName]['result'] }
  | { readonly id: number; readonly ok: false; readonly error: ErrorData };
