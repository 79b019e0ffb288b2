import { EnvironmentError, InvalidModelError, type ModelCard } from '@dilated-unet/core';
import { InferenceSession, Tensor } from 'onnxruntime-web/webgpu';
import { messageOf } from '../rpc/message-of.ts';
import { probabilitiesOf, requireSignature, type Backend } from './backend.ts';
import { MAX_WASM_TILE } from './limits.ts';

/**
 * The model on the CPU, in WebAssembly; its graph has been checked against its card.
 *
 * @throws InvalidModelError when it cannot be loaded or isn't what its card says, EnvironmentError when WebAssembly (or
 * ONNX Runtime's part of it) doesn't start.
 */
export async function openWasm(model: Uint8Array, card: ModelCard): Promise<Backend> {
  const session = await createSession(model);
  requireSignature(session, card);
  return {
    device: 'wasm',
    adapter: null,
    maxTile: MAX_WASM_TILE,
    async run(tile, size) {
      const { width, height } = size;
      try {
        const feeds = { [card.input]: new Tensor('float32', tile, [1, height, width, 1]) };
        return probabilitiesOf((await session.run(feeds))[card.output], size);
      } catch (cause) {
        if (cause instanceof InvalidModelError) throw cause;
        const hint = isMemory(cause) ? ' Memory ran out: choose a smaller tile.' : '';
        throw new EnvironmentError(
          `The model failed on a tile of ${width} x ${height} pixels on wasm: ${messageOf(cause)}.${hint}`,
          { cause },
        );
      }
    },
    release: () => session.release(),
  };
}

async function createSession(model: Uint8Array): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(model, { executionProviders: ['wasm'], logSeverityLevel: 3 });
  } catch (cause) {
    // ONNX Runtime's words for a WebAssembly module that did not load or start.
    if (!messageOf(cause).includes('no available backend')) {
      throw new InvalidModelError(
        `ONNX Runtime cannot load the model: ${messageOf(cause)}. The file may be damaged; export it again.`,
        { cause },
      );
    }
    throw new EnvironmentError(
      `ONNX Runtime's WebAssembly did not start: ${messageOf(cause)}. Serve onnxruntime-web's .wasm file with the ` +
        'page, or say by `wasmPaths` where it is.',
      { cause },
    );
  }
}

/** C++ exceptions cross as numbers or as ONNX Runtime's texts; a failed allocation is by far the likeliest. */
function isMemory(cause: unknown): boolean {
  return cause instanceof RangeError || /bad_alloc|out of memory|allocat|memory access/i.test(messageOf(cause));
}
