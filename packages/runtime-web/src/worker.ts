/**
 * The script of the segmentation worker: an ES module without exports that answers the calls of rpc/protocol.ts.
 *
 * @module
 */
import { serve, type WorkerScope } from './rpc/server.ts';
import { Engine } from './worker/engine.ts';

const scope = globalThis as unknown as WorkerScope & { readonly name?: string };

// ONNX Runtime starts its threads from the script that it is bundled in, which is this one; those answer nothing.
if (scope.name?.startsWith('em-pthread') !== true) {
  let engine: Engine | undefined;
  serve(scope, {
    load: async (request) => {
      engine = await Engine.load(request);
      return { result: { facts: engine.facts, state: engine.state } };
    },
    predict: async (request) => {
      if (engine === undefined) throw new Error('The worker was asked to predict before a model was loaded.');
      const probabilities = await engine.predict(request);
      return { result: { probabilities, state: engine.state }, transfer: [probabilities.buffer] };
    },
  });
}
