import { InvalidModelError, type ModelCard, type Planes, type Predict, type RunStage } from '@dilated-unet/core';
import type { InferenceSession } from 'onnxruntime-web';
import type { AdapterDescription, ComputeRequest, WebDevice } from '../rpc/protocol.ts';

/** A model on one device. Calls must not overlap. */
export interface Backend {
  readonly device: WebDevice;
  readonly adapter: AdapterDescription | null;
  /** Largest side of a square tile that the device takes, pixels. */
  readonly maxTile: number;
  /** What a stage or the whole model gives for a tile, in the order of its outputs; memory that belongs to the caller. */
  compute(request: ComputeRequest): Promise<readonly Planes[]>;
  release(): Promise<void>;
}

/** The whole model of `backend` on a tile. */
export const predictOn =
  (backend: Backend): Predict =>
  async (data, size) => {
    const [output] = (await backend.compute({ stage: null, inputs: [{ ...size, channels: 1, data }] })) as [Planes];
    return output.data;
  };

/** One stage of the model of `backend` on a tile. */
export const runStageOn =
  (backend: Backend): RunStage =>
  ({ name }, inputs) =>
    backend.compute({ stage: name, inputs });

/** What `request` is about, in words: `80 x 64 pixels`. */
export function sizeOf({ stage, inputs: [first] }: ComputeRequest): string {
  const size = `${first?.width} x ${first?.height}`;
  return stage === null ? `${size} pixels` : `${size} in stage ${stage}`;
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
