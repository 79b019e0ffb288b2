import type { ErrorData, ModelCard, Planes } from '@dilated-unet/core';
import type { Device } from '../devices/index.ts';
import type { NativeGate } from './native-gate.ts';

/** What the thread needs to load a model. */
export interface WorkerSetup {
  /** The ONNX file. */
  readonly model: Uint8Array;
  /** Names of the graph's input and output, and the stages in which it can be run. */
  readonly card: Pick<ModelCard, 'input' | 'output' | 'stages' | 'stagesKeepingSkip'>;
  readonly device: Device;
  /** Threads of one operation on the CPU. */
  readonly threads: number;
}

/** `workerData` of the thread. */
export interface WorkerData extends WorkerSetup {
  /** Where the thread says whether it is inside of ONNX Runtime. */
  readonly gate: NativeGate;
}

/** One tile to compute. The data change hands: they are transferred, not copied. */
export interface TileRequest {
  readonly type: 'compute';
  readonly id: number;
  /** Name of the stage; null: the whole model. */
  readonly stage: string | null;
  /** z-scores of the image as one channel, or maps, in the order of the stage's inputs. */
  readonly inputs: readonly Planes[];
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
  /** Their data are transferred: maps, or probabilities as one channel. */
  | { readonly type: 'computed'; readonly id: number; readonly outputs: readonly Planes[] }
  | { readonly type: 'failed'; readonly id: number; readonly error: ErrorData };
