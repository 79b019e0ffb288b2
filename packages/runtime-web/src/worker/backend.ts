import { InvalidModelError, type ModelCard } from '@dilated-unet/core';
import type { InferenceSession, Tensor } from 'onnxruntime-web/webgpu';
import type { AdapterDescription, WebDevice } from '../rpc/protocol.ts';

export interface Size {
  /** Pixels, multiples of the model's stride. */
  readonly width: number;
  readonly height: number;
}

/** A model on one device. Calls must not overlap. */
export interface Backend {
  readonly device: WebDevice;
  readonly adapter: AdapterDescription | null;
  /** Largest side of a square tile that the device takes, pixels. */
  readonly maxTile: number;
  /**
   * @param tile z-scores; axes y, x.
   * @returns probabilities; axes y, x; memory that belongs to the caller.
   */
  run(tile: Float32Array<ArrayBuffer>, size: Size): Promise<Float32Array<ArrayBuffer>>;
  release(): Promise<void>;
}

export interface OnnxModel {
  /** The ONNX file. */
  readonly model: Uint8Array;
  readonly card: ModelCard;
}

/** @throws InvalidModelError when the graph hasn't the one input and output that the card promises. */
export function requireSignature(session: InferenceSession, card: ModelCard): void {
  requireName('input', card.input, session.inputNames);
  requireName('output', card.output, session.outputNames);
  const input = session.inputMetadata[0];
  const shape = input?.isTensor === true ? input.shape : [];
  if (shape.length === 4 && input?.isTensor === true && input.type === 'float32') return;
  throw new InvalidModelError(
    `The model's input must be float32 with axes n, y, x, channel; it is ${JSON.stringify(input)}. ` +
      'Export the model again.',
  );
}

function requireName(kind: string, name: string, names: readonly string[]): void {
  if (names.length === 1 && names[0] === name) return;
  throw new InvalidModelError(
    `The model's card promises one ${kind}, "${name}"; the graph has ${names.map((n) => `"${n}"`).join(', ')}. ` +
      'Export the model again.',
  );
}

/** @throws InvalidModelError when `output` isn't float32 of axes n, y, x, channel = 1, height, width, 1. */
export function probabilitiesOf(output: Tensor | undefined, { width, height }: Size): Float32Array<ArrayBuffer> {
  const dims = [1, height, width, 1];
  if (output?.type === 'float32' && dims.length === output.dims.length && dims.every((d, i) => d === output.dims[i])) {
    return output.data as Float32Array<ArrayBuffer>;
  }
  const received = output === undefined ? 'nothing' : `${output.type} [${output.dims.join(', ')}]`;
  throw new InvalidModelError(
    `The model must turn float32 [${dims.join(', ')}] (n, y, x, channel) into the same shape; it gave ${received}. ` +
      'Export the model again.',
  );
}
