import { SERVE_TAG, tensorName, type Signature } from '../graph/encoding/saved-model.ts';
import { tensorFlow, type TensorFlow } from './binding.ts';

/** What a call brings or fetches: row-major values with the tensor's shape. */
export interface TensorData {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

type Tensor = InstanceType<TensorFlow['Tensor']>;

/** What of tfjs-node's backend a session needs. `tf.node.loadSavedModel` is it, and a reading of the whole file in JavaScript. */
interface SavedModelBackend {
  loadSavedModelMetaGraph(directory: string, tags: string): number;
  runSavedModel(
    id: number,
    inputs: readonly Tensor[],
    inputTensors: readonly { readonly name: string }[],
    outputTensors: readonly string[],
  ): Tensor[];
  deleteSavedModel(id: number): void;
}

/** A TensorFlow session over a saved model: its calls by name. Variables live as long as the session. */
export class GraphSession<Call extends string = string> {
  readonly #id: number;
  readonly #signatures: Readonly<Record<Call, Signature>>;

  private constructor(id: number, signatures: Readonly<Record<Call, Signature>>) {
    this.#id = id;
    this.#signatures = signatures;
  }

  /**
   * Loads the saved model in `directory` and runs its initialisation.
   *
   * @param signatures the calls it was written with.
   */
  static open<Call extends string>(
    directory: string,
    signatures: Readonly<Record<Call, Signature>>,
  ): GraphSession<Call> {
    return new GraphSession(backend().loadSavedModelMetaGraph(directory, SERVE_TAG), signatures);
  }

  /**
   * Runs a call. It blocks the event loop until TensorFlow is done.
   *
   * @returns the fetched tensors by name.
   */
  run(call: Call, inputs: Readonly<Record<string, TensorData>>): Record<string, Float32Array> {
    const tf = tensorFlow();
    const signature = this.#signatures[call] as Signature | undefined;
    if (signature === undefined) throw new RangeError(`The session has no call "${call}".`);
    const brought = Object.entries(signature.inputs).map(([name, { tensor }]) => {
      const input = inputs[name];
      if (input === undefined) throw new RangeError(`The call "${call}" needs the input "${name}".`);
      return { name: tensorName(tensor), ...input };
    });
    const tensors = brought.map(({ shape, data }) =>
      tf.tensor(data, [...shape], data instanceof Int32Array ? 'int32' : 'float32'),
    );
    const outputs = Object.entries(signature.outputs);
    const fetched = backend().runSavedModel(
      this.#id,
      tensors,
      brought,
      outputs.map(([, { tensor }]) => tensorName(tensor)),
    );
    const results = Object.fromEntries(
      outputs.map(([name], k) => [name, (fetched[k] as Tensor).dataSync<'float32'>()]),
    );
    tf.dispose([...fetched, ...tensors]);
    return results;
  }

  /** Frees the session and its variables. */
  close(): void {
    backend().deleteSavedModel(this.#id);
  }
}

const backend = (): SavedModelBackend => tensorFlow().backend() as unknown as SavedModelBackend;

export const scalar = (value: number): TensorData => ({ shape: [], data: Float32Array.of(value) });
export const intScalar = (value: number): TensorData => ({ shape: [], data: Int32Array.of(value) });
