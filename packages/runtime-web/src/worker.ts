/**
 * The script of the segmentation worker: an ES module without exports that answers the calls of rpc/protocol.ts.
 *
 * @module
 */
import { MemoryShortage } from './memory-shortage.ts';
import { serve, type WorkerScope } from './rpc/server.ts';
import { Engine } from './worker/engine.ts';

const scope = globalThis as unknown as WorkerScope & { readonly name?: string };

// ONNX Runtime starts its threads from the script that it is bundled in, which is this one; those answer nothing.
if (scope.name?.startsWith('em-pthread') !== true) {
  let engine: Engine | undefined;
  serve(scope, {
    load: async (request, tell) => {
      engine = await Engine.load(request, tell);
      return { result: { facts: engine.facts, state: engine.state } };
    },
    compute: async (request) => {
      if (engine === undefined) throw new Error('The worker was asked to compute before a model was loaded.');
      try {
        const outputs = await engine.compute(request);
        const transfer = (outputs ?? []).map(({ data }) => data.buffer as ArrayBuffer);
        return { result: { outputs, shortage: null, state: engine.state }, transfer };
      } catch (error) {
        if (!(error instanceof MemoryShortage)) throw error;
        return { result: { outputs: null, shortage: error.message, state: engine.state } };
      }
    },
  });
}
