import { EnvironmentError, InvalidModelError, onnxInputShape } from '@dilated-unet/core';
import type { InferenceSession } from 'onnxruntime-web';
import { messageOf } from '../rpc/message-of.ts';
import { sizeOf, type Backend, type OnnxModel } from './backend.ts';
import { requestDevice } from './gpu.ts';
import { maxWebgpuTile } from './limits.ts';
import { Parts } from './parts.ts';
import type { OnnxRuntime } from './runtime.ts';

/** The GPU gave no (believable) result: it was lost, ran out of memory, or its driver failed. */
export class GpuFailure extends EnvironmentError {}

/** Sessions that are kept on a GPU: of each stage of a network, and of the whole. They share its buffers. */
const MOST_SESSIONS = 4;

/**
 * The model on a GPU of its own device. Sessions are made for one tile size, so that shapes are constants of the
 * graph and shaders are chosen once; the tiles of an image all have one size, and another image's size makes a new
 * session.
 *
 * @throws EnvironmentError when the browser refuses a device.
 */
export async function openWebgpu(runtime: OnnxRuntime, model: OnnxModel, adapter: GPUAdapter): Promise<Backend> {
  const gpu = await requestDevice(adapter);
  let lost: string | undefined;
  void gpu.device.lost.then(({ reason, message }) => (lost = message || reason));
  const parts = new Parts(runtime, model, {
    create: (part, shapes) => createSession(runtime, part, { shapes, device: gpu.device }),
    perSize: true,
    most: MOST_SESSIONS,
  });
  return {
    device: 'webgpu',
    adapter: gpu.adapter,
    maxTile: maxWebgpuTile(gpu.device.limits, model.card),
    async compute(request) {
      const failure = (why: string, options?: ErrorOptions) =>
        new GpuFailure(`The GPU failed on a tile of ${sizeOf(request)}: ${why}.`, options);
      const outputs = await parts.compute(request).catch((cause: unknown) => {
        if (cause instanceof InvalidModelError) throw cause;
        throw failure(lost ?? messageOf(cause), { cause });
      });
      if (lost !== undefined) throw failure(lost);
      // A lost device's buffers read as zeros, and the loss may be told later than that.
      if (outputs.some(({ data }) => data.every((p) => p === 0)))
        throw failure('its result is all zeros, as after a loss of the device');
      return outputs;
    },
    async release() {
      await parts.release();
      gpu.device.destroy();
    },
  };
}

interface GpuSession {
  /** Of the inputs. */
  readonly shapes: readonly (readonly number[])[];
  readonly device: GPUDevice;
}

function createSession(
  { InferenceSession: Sessions }: OnnxRuntime,
  model: Uint8Array,
  { shapes, device }: GpuSession,
): Promise<InferenceSession> {
  return Sessions.create(model, {
    // NCHW, the layout of the exported graphs: for NHWC, its default, ONNX Runtime 1.30 rewrites them, and its
    // convolution is then wrong where input channels are no multiple of 4 but output channels are.
    executionProviders: [{ name: 'webgpu', device, preferredLayout: 'NCHW' }],
    // Of a stage with several inputs one name may stand for two sizes, so those are left open.
    freeDimensionOverrides: shapes.length === 1 ? freeDimensions(onnxInputShape(model), shapes[0] ?? []) : {},
    logSeverityLevel: 3,
  });
}

/** Values for the named free dimensions of an input; none where one name stands for two. */
function freeDimensions(shape: readonly (number | string)[], sizes: readonly number[]): Record<string, number> {
  const values = new Map<string, number>();
  for (const [axis, value] of sizes.entries()) {
    const name = shape[axis];
    if (typeof name !== 'string' || name === '') continue;
    if ((values.get(name) ?? value) !== value) return {};
    values.set(name, value);
  }
  return Object.fromEntries(values);
}
