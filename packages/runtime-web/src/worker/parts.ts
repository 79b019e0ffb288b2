import { cutOnnx, InvalidModelError, stageNamed, type OnnxPart, type Planes } from '@dilated-unet/core';
import type { InferenceSession, Tensor } from 'onnxruntime-web';
import type { ComputeRequest } from '../rpc/protocol.ts';
import { requireSignature, type OnnxModel } from './backend.ts';
import type { OnnxRuntime } from './runtime.ts';

/** How the sessions of a device are made and kept. */
export interface SessionPolicy {
  /** A session of `part`, an ONNX file, for inputs of these shapes. */
  create(part: Uint8Array, shapes: readonly (readonly number[])[]): Promise<InferenceSession>;
  /** Whether a session is for one size of its inputs. */
  readonly perSize: boolean;
  /** Sessions that are kept at once. */
  readonly most: number;
}

interface LoadedPart extends Pick<OnnxPart, 'inputs' | 'outputs'> {
  readonly stage: string | null;
  readonly size: string;
  readonly session: InferenceSession;
}

/** A model and its stages in sessions of ONNX Runtime, each made when it is first run. Calls must not overlap. */
export class Parts {
  readonly #runtime: OnnxRuntime;
  readonly #source: OnnxModel;
  readonly #policy: SessionPolicy;
  /** The one that was used last stands last. */
  #kept: readonly LoadedPart[] = [];

  constructor(runtime: OnnxRuntime, source: OnnxModel, policy: SessionPolicy) {
    this.#runtime = runtime;
    this.#source = source;
    this.#policy = policy;
  }

  /**
   * What a stage or the whole model gives, in the order of its outputs; memory of its own.
   *
   * @throws InvalidModelError when the model hasn't the input and output that its card promises, or gives other shapes; and
   *   what ONNX Runtime throws.
   */
  async compute({ stage, inputs }: ComputeRequest): Promise<readonly Planes[]> {
    const { card } = this.#source;
    const images = new Set([card.input, card.output]);
    const { inputs: names } = stage === null ? { inputs: [{ name: card.input }] } : stageNamed(card, stage);
    const shapes = inputs.map(({ channels, height, width }, i) =>
      images.has(names[i]?.name as string) ? [1, height, width, 1] : [1, channels, height, width],
    );
    const part = await this.#part(stage, shapes);
    const feeds = inputs.map(
      ({ data }, i) =>
        [part.inputs[i] as string, new this.#runtime.Tensor('float32', data, shapes[i] as number[])] as const,
    );
    const results = await part.session.run(Object.fromEntries(feeds), part.outputs);
    return part.outputs.map((output) =>
      images.has(output) ? imageOf(results[output], inputs[0] as Planes) : mapOf(results[output]),
    );
  }

  async release(): Promise<void> {
    const parts = this.#kept;
    this.#kept = [];
    for (const { session } of parts) await session.release();
  }

  async #part(stage: string | null, shapes: readonly (readonly number[])[]): Promise<LoadedPart> {
    const { perSize, most } = this.#policy;
    const size = perSize ? JSON.stringify(shapes) : '';
    const found = this.#kept.find((part) => part.stage === stage && part.size === size);
    const others = this.#kept.filter((part) => part !== found);
    if (found !== undefined) {
      this.#kept = [...others, found];
      return found;
    }
    // Freed before the next is made, since each keeps what it has allocated; of another size it is not asked for again.
    const left = others.filter((part) => part.stage !== stage).slice(Math.max(0, others.length - most + 1));
    this.#kept = left;
    for (const part of others) if (!left.includes(part)) await part.session.release();
    const made = await this.#load(stage, size, shapes);
    this.#kept = [...left, made];
    return made;
  }

  async #load(stage: string | null, size: string, shapes: readonly (readonly number[])[]): Promise<LoadedPart> {
    const { model, card } = this.#source;
    if (stage === null) {
      const session = await this.#policy.create(model, shapes);
      requireSignature(session, card);
      return { stage, size, session, inputs: [card.input], outputs: [card.output] };
    }
    const { inputs, outputs } = stageNamed(card, stage);
    const names = (ports: readonly { readonly name: string }[]): string[] => ports.map(({ name }) => name);
    const part = cutOnnx(model, { inputs: names(inputs), outputs: names(outputs) });
    return { ...part, stage, size, session: await this.#policy.create(part.model, shapes) };
  }
}

/** @throws InvalidModelError when `output` isn't float32 of axes n, y, x, channel and of the size of the input. */
function imageOf(output: Tensor | undefined, { height, width }: Planes): Planes {
  const data = floatsOf(output, [1, height, width, 1], 'n, y, x, channel');
  return { channels: 1, height, width, data };
}

/** @throws InvalidModelError when `output` isn't float32 of axes n, channel, y, x. */
function mapOf(output: Tensor | undefined): Planes {
  const [, channels = 0, height = 0, width = 0] = output?.dims ?? [];
  return { channels, height, width, data: floatsOf(output, [1, channels, height, width], 'n, channel, y, x') };
}

function floatsOf(output: Tensor | undefined, dims: readonly number[], axes: string): Float32Array {
  if (output?.type === 'float32' && dims.length === output.dims.length && dims.every((d, i) => d === output.dims[i])) {
    return output.data as Float32Array;
  }
  const received = output === undefined ? 'nothing' : `${output.type} [${output.dims.join(', ')}]`;
  throw new InvalidModelError(
    `The model must give float32 [${dims.join(', ')}] (${axes}) here; it gave ${received}. Export the model again.`,
  );
}
