import type { Signature } from '../graph/encoding/saved-model.ts';
import { SERVE_TAG } from '../graph/encoding/saved-model.ts';
import { tensorFlow, type TensorFlow } from './binding.ts';

/** What a call brings or fetches: row-major values with the tensor's sides. */
export interface TensorData {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

type SavedModel = Awaited<ReturnType<TensorFlow['node']['loadSavedModel']>>;

/** A TensorFlow session over a saved model: its calls by name. Variables live as long as the session. */
export class GraphSession<Call extends string = string> {
  readonly #models: ReadonlyMap<Call, SavedModel>;

  private constructor(models: ReadonlyMap<Call, SavedModel>) {
    this.#models = models;
  }

  /**
   * Loads the saved model in `directory` and runs its initialisation.
   *
   * @param signatures the calls it was written with.
   */
  static async open<Call extends string>(
    directory: string,
    signatures: Readonly<Record<Call, Signature>>,
  ): Promise<GraphSession<Call>> {
    const tf = tensorFlow();
    const models = new Map<Call, SavedModel>();
    for (const call of Object.keys(signatures) as Call[]) {
      models.set(call, await tf.node.loadSavedModel(directory, [SERVE_TAG], call));
    }
    return new GraphSession(models);
  }

  /**
   * Runs a call. It blocks the event loop until TensorFlow is done.
   *
   * @returns the fetched tensors by name.
   */
  run(call: Call, inputs: Readonly<Record<string, TensorData>>): Record<string, Float32Array> {
    const tf = tensorFlow();
    const model = this.#models.get(call);
    if (model === undefined) throw new RangeError(`The session has no call "${call}".`);
    const tensors = Object.fromEntries(
      Object.entries(inputs).map(([name, { shape, data }]) => [
        name,
        tf.tensor(data, [...shape], data instanceof Int32Array ? 'int32' : 'float32'),
      ]),
    );
    const fetched = model.predict(tensors) as Record<string, InstanceType<TensorFlow['Tensor']>>;
    const results: Record<string, Float32Array> = {};
    for (const [name, tensor] of Object.entries(fetched)) {
      results[name] = tensor.dataSync<'float32'>();
      tensor.dispose();
    }
    for (const tensor of Object.values(tensors)) tensor.dispose();
    return results;
  }

  /** Frees the session and its variables. */
  close(): void {
    for (const model of this.#models.values()) model.dispose();
  }
}

export const scalar = (value: number): TensorData => ({ shape: [], data: Float32Array.of(value) });
export const intScalar = (value: number): TensorData => ({ shape: [], data: Int32Array.of(value) });
