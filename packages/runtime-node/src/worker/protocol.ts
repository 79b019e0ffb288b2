import type { ErrorData, ModelCard } from '@dilated-unet/core';
import type { Device } from '../devices/index.ts';
import type { NativeGate } from './native-gate.ts';

/** What the thread needs to load a model. */
export interface WorkerSetup {
  /** The ONNX file. */
  readonly model: Uint8Array;
  /** Names of the graph's input and output. */
  readonly card: Pick<ModelCard, 'input' | 'output'>;
  readonly device: Device;
  /** Threads of one operation on the CPU. */
  readonly threads: number;
}

/** `workerData` of the thread. */
export interface WorkerData extends WorkerSetup {
  /** Where the thread says whether it is inside of ONNX Runtime. */
  readonly gate: NativeGate;
}

/** One tile to predict. `data` changes hands: it is transferred, not copied. */
export interface TileRequest {
  readonly type: 'predict';
  readonly id: number;
  /** z-scores, axes y, x. */
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
}

export type WorkerRequest = TileRequest | { readonly type: 'close' };

/** Why a model was not loaded. */
export type LoadFailure =
  /** onnxruntime-node is not installed, or its library does not load. */
  | 'no-runtime'
  /** The model loads, but not on the device that was asked for. */
  | 'no-device'
  /** ONNX Runtime refuses the model. */
  | 'refused'
  /** The graph's input or output is not what the model card says. */
  | 'mismatch';

export type WorkerReply =
  | { readonly type: 'ready' }
  | { readonly type: 'not-loaded'; readonly reason: LoadFailure; readonly error: ErrorData }
  /** `data` is transferred: probabilities, axes y, x. */
  | { readonly type: 'predicted'; readonly id: number; readonly data: Float32Array }
  | { readonly type: 'failed'; readonly id: number; readonly error: ErrorData };
