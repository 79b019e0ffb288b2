import { EnvironmentError, InvalidModelError, onnxInputShape } from '@dilated-unet/core';
import { InferenceSession, Tensor } from 'onnxruntime-web/webgpu';
import { messageOf } from '../rpc/message-of.ts';
import { probabilitiesOf, requireSignature, type Backend, type OnnxModel, type Size } from './backend.ts';
import { requestDevice } from './gpu.ts';
import { maxWebgpuTile } from './limits.ts';

/** The GPU gave no (believable) result: it was lost, ran out of memory, or its driver failed. */
export class GpuFailure extends EnvironmentError {}

/**
 * The model on a GPU of its own device. Sessions are made for one tile size, so that shapes are constants of the
 * graph and shaders are chosen once; the tiles of an image all have one size, and another image's size makes a new
 * session.
 *
 * @throws EnvironmentError when the browser refuses a device.
 */
export async function openWebgpu(model: OnnxModel, adapter: GPUAdapter): Promise<Backend> {
  const { card } = model;
  const gpu = await requestDevice(adapter);
  let lost: string | undefined;
  void gpu.device.lost.then(({ reason, message }) => (lost = message || reason));
  let current: { readonly session: InferenceSession; readonly size: Size } | undefined;

  const sessionFor = async (size: Size): Promise<InferenceSession> => {
    if (current?.size.width === size.width && current.size.height === size.height) return current.session;
    const previous = current;
    current = undefined;
    await previous?.session.release();
    const session = await createSession(model, size, gpu.device);
    current = { session, size };
    return session;
  };
  return {
    device: 'webgpu',
    adapter: gpu.adapter,
    maxTile: maxWebgpuTile(gpu.device.limits, card),
    async run(tile, size) {
      const { width, height } = size;
      const failure = (why: string, options?: ErrorOptions) =>
        new GpuFailure(`The GPU failed on a tile of ${width} x ${height} pixels: ${why}.`, options);
      let probabilities: Float32Array<ArrayBuffer>;
      try {
        const session = await sessionFor(size);
        const feeds = { [card.input]: new Tensor('float32', tile, [1, height, width, 1]) };
        probabilities = probabilitiesOf((await session.run(feeds))[card.output], size);
      } catch (cause) {
        if (cause instanceof InvalidModelError) throw cause;
        throw failure(lost ?? messageOf(cause), { cause });
      }
      if (lost !== undefined) throw failure(lost);
      // A lost device's buffers read as zeros, and the loss may be told later than that.
      if (probabilities.every((p) => p === 0)) throw failure('its result is all zeros, as after a loss of the device');
      return probabilities;
    },
    async release() {
      await current?.session.release();
      gpu.device.destroy();
    },
  };
}

async function createSession({ model, card }: OnnxModel, size: Size, device: GPUDevice): Promise<InferenceSession> {
  const session = await InferenceSession.create(model, {
    // NCHW, the layout of the exported graphs: for NHWC, its default, ONNX Runtime 1.30 rewrites them, and its
    // convolution is then wrong where input channels are no multiple of 4 but output channels are.
    executionProviders: [{ name: 'webgpu', device, preferredLayout: 'NCHW' }],
    freeDimensionOverrides: freeDimensions(onnxInputShape(model), size),
    logSeverityLevel: 3,
  });
  requireSignature(session, card);
  return session;
}

/** Values for the named free dimensions of an input of axes n, y, x, channel; none where one name stands for two. */
function freeDimensions(shape: readonly (number | string)[], { width, height }: Size): Record<string, number> {
  const values = new Map<string, number>();
  for (const [axis, value] of [1, height, width, 1].entries()) {
    const name = shape[axis];
    if (typeof name !== 'string' || name === '') continue;
    if ((values.get(name) ?? value) !== value) return {};
    values.set(name, value);
  }
  return Object.fromEntries(values);
}
