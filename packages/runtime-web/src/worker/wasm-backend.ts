import { EnvironmentError, InvalidModelError, withWinograd } from '@dilated-unet/core';
import type { InferenceSession } from 'onnxruntime-web';
import { MemoryShortage } from '../memory-shortage.ts';
import { messageOf } from '../rpc/message-of.ts';
import { sizeOf, type Backend, type OnnxModel } from './backend.ts';
import { MAX_WASM_TILE } from './limits.ts';
import { Parts } from './parts.ts';
import type { OnnxRuntime } from './runtime.ts';

/** The model on the CPU, in WebAssembly; one session at a time, since each keeps the memory of its largest tile. */
export function openWasm(runtime: OnnxRuntime, model: OnnxModel): Backend {
  const parts = new Parts(runtime, model, {
    create: (part) => createSession(runtime, part),
    perSize: false,
    most: 1,
  });
  return {
    device: 'wasm',
    adapter: null,
    maxTile: MAX_WASM_TILE,
    async compute(request) {
      try {
        return await parts.compute(request);
      } catch (cause) {
        if (cause instanceof InvalidModelError || cause instanceof EnvironmentError) throw cause;
        const what = `The model failed on a tile of ${sizeOf(request)} on wasm: ${messageOf(cause)}.`;
        if (!isMemory(cause)) throw new EnvironmentError(what, { cause });
        // What the session has allocated is needed for a smaller tile.
        await parts.release().catch(() => undefined);
        throw new MemoryShortage(`${what} Memory ran out: choose a smaller tile.`, { cause });
      }
    },
    release: () => parts.release(),
  };
}

/**
 * @throws InvalidModelError when the model cannot be loaded, EnvironmentError when there is no memory for it, or WebAssembly (or
 *   ONNX Runtime's part of it) doesn't start.
 */
async function createSession(
  { InferenceSession: Sessions }: OnnxRuntime,
  model: Uint8Array,
): Promise<InferenceSession> {
  const create = (graph: Uint8Array): Promise<InferenceSession> =>
    Sessions.create(graph, { executionProviders: ['wasm'], logSeverityLevel: 3 });
  try {
    return await create(withWinograd(model)).catch((cause: unknown) => {
      if (!isMemory(cause)) throw cause;
      // Its kernels are larger than those of the file.
      return create(model);
    });
  } catch (cause) {
    if (isMemory(cause)) {
      throw new EnvironmentError(
        `The model does not fit in the memory of WebAssembly (${messageOf(cause)}). Close other pages, or choose a smaller ` +
          'model or precision.',
        { cause },
      );
    }
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
