import { cutOnnx, stageNamed, type OnnxPart, type Planes } from '@dilated-unet/core';
import { cpuFlags, hasIntegerInstructions } from '@dilated-unet/host';
import type * as OnnxRuntime from 'onnxruntime-node';
import type { InferenceSession } from 'onnxruntime-node';
import { DEVICES, type Device } from '../devices/index.ts';
import type { LoadFailure, TileRequest, WorkerSetup } from './protocol.ts';

/** A model that ONNX Runtime has loaded. */
export interface LoadedModel {
  /** What a stage or the whole model gives for a tile, in the order of its outputs; memory of its own. */
  compute(tile: Pick<TileRequest, 'stage' | 'inputs'>): Promise<readonly Planes[]>;
  release(): Promise<void>;
}

/** A model was not loaded, and whose fault it is. */
export class LoadError extends Error {
  readonly reason: LoadFailure;

  constructor(reason: LoadFailure, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.reason = reason;
  }
}

/** Loads a model on a device. @throws LoadError */
export async function loadModel({ model, card, device, threads }: WorkerSetup): Promise<LoadedModel> {
  const runtime = await import('onnxruntime-node').catch((cause: unknown) => {
    throw new LoadError('no-runtime', cause);
  });
  const session = await createSession(runtime, model, device, threads);
  try {
    requireImageTensor(session.inputMetadata, card.input, 'input');
    requireImageTensor(session.outputMetadata, card.output, 'output');
  } catch (cause) {
    await session.release();
    throw new LoadError('mismatch', cause);
  }
  // One at a time: what a session has allocated it keeps.
  let loaded: { readonly stage: string | null; readonly part: LoadedPart } | undefined = {
    stage: null,
    part: { session, inputs: [card.input], outputs: [card.output] },
  };
  const partOf = async (stage: string | null): Promise<LoadedPart> => {
    if (loaded?.stage === stage) return loaded.part;
    await loaded?.part.session.release();
    loaded = undefined;
    const { inputs, outputs } = portsOf(card, stage);
    const part = stage === null ? { model, inputs, outputs } : cutOnnx(model, { inputs, outputs });
    loaded = { stage, part: { ...part, session: await createSession(runtime, part.model, device, threads) } };
    return loaded.part;
  };
  return {
    async compute({ stage, inputs }) {
      const part = await partOf(stage);
      const images = new Set([card.input, card.output]);
      const feeds = inputs.map(({ channels, height, width, data }, i) => {
        const name = part.inputs[i] as string;
        const dims = images.has(name) ? [1, height, width, 1] : [1, channels, height, width];
        return [name, new runtime.Tensor('float32', data, dims)] as const;
      });
      const results = await part.session.run(Object.fromEntries(feeds), part.outputs);
      return part.outputs.map((output) => planesOf(results[output], images.has(output), inputs));
    },
    async release() {
      await loaded?.part.session.release();
    },
  };
}

/** Names of what a stage, or the whole model, takes and gives. */
function portsOf(card: WorkerSetup['card'], stage: string | null): Pick<OnnxPart, 'inputs' | 'outputs'> {
  if (stage === null) return { inputs: [card.input], outputs: [card.output] };
  const { inputs, outputs } = stageNamed(card, stage);
  const names = (ports: readonly { readonly name: string }[]): string[] => ports.map(({ name }) => name);
  return { inputs: names(inputs), outputs: names(outputs) };
}

interface LoadedPart extends Pick<OnnxPart, 'inputs' | 'outputs'> {
  readonly session: InferenceSession;
}

/** @throws Error when an image is not of the size of what was given. */
function planesOf(result: OnnxRuntime.Tensor | undefined, isImage: boolean, inputs: readonly Planes[]): Planes {
  const [, first = 0, second = 0, third = 0] = result?.dims ?? [];
  const [channels, height, width] = isImage ? [third, first, second] : [first, second, third];
  const [given] = inputs;
  if (
    !(result?.data instanceof Float32Array) ||
    (isImage && (height !== given?.height || width !== given.width || channels !== 1))
  ) {
    throw new Error(
      `the output has shape [${result?.dims.join(', ')}], the input [1, ${given?.height}, ${given?.width}, 1]`,
    );
  }
  return { channels, height, width, data: result.data };
}

/** How ONNX Runtime runs a model. @param flags vector instructions of the processor. @default what Linux says of it */
export function sessionOptions(
  device: Device,
  threads: number,
  flags: readonly string[] = cpuFlags(),
): InferenceSession.SessionOptions {
  return {
    executionProviders: [DEVICES[device].provider],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads,
    // Without the arena every large tensor is mapped and zeroed anew: a third more processor time (measured).
    enableCpuMemArena: true,
    // The pattern is planned from the first run and allocated on top of what the arena already holds: a tenth more.
    enableMemPattern: false,
    // Without VNNI, sums of products of 8 bits overflow 16 (measured: probabilities wrong by 0.47); so they do not. With it,
    // they do not anyway, and int8 would take 2.9 times as long for the same bits (measured on an EPYC with AVX-512 VNNI).
    ...(!hasIntegerInstructions(flags) && { extra: { session: { x64quantprecision: '1' } } }),
    // A library does not print; errors come as exceptions.
    logSeverityLevel: 4,
  };
}

async function createSession(
  { InferenceSession: Sessions }: typeof OnnxRuntime,
  model: Uint8Array,
  device: Device,
  threads: number,
): Promise<InferenceSession> {
  const create = (name: Device): Promise<InferenceSession> => Sessions.create(model, sessionOptions(name, threads));
  try {
    return await create(device);
  } catch (cause) {
    if (device === 'cpu') throw new LoadError('refused', cause);
    // The fault is the device's only if the model itself is sound.
    const probe = await create('cpu').catch((refusal: unknown) => {
      throw new LoadError('refused', refusal);
    });
    await probe.release();
    throw new LoadError('no-device', cause);
  }
}

/** @throws Error when the graph has no such tensor, or it is not float32 with axes n, y, x, channel. */
function requireImageTensor(
  tensors: readonly InferenceSession.ValueMetadata[],
  name: string,
  role: 'input' | 'output',
): void {
  const tensor = tensors.find((candidate) => candidate.name === name);
  if (tensor === undefined) {
    const names = tensors.map((candidate) => candidate.name).join(', ');
    throw new Error(`the model card names the ${role} "${name}", and the graph has ${names}`);
  }
  if (!tensor.isTensor || tensor.type !== 'float32' || tensor.shape.length !== 4) {
    const found = tensor.isTensor ? `${tensor.type} [${tensor.shape.join(', ')}]` : 'not a tensor';
    throw new Error(`the ${role} "${name}" must be float32 with axes n, y, x, channel, and is ${found}`);
  }
}
