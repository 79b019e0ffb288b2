import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '@dilated-unet/host';
import type { DataType, NodeDef } from '../builder.ts';
import { shapeProto } from '../builder.ts';
import { graphWithFunctions } from './functions.ts';
import { GRAPH_PRODUCER, SavedModelMessage } from './tensorflow-proto.ts';

/** One tensor that a call brings or fetches. */
export interface SignatureTensor {
  /** `node` or `node:k`. */
  readonly tensor: string;
  readonly dtype: 'DT_FLOAT' | 'DT_INT32';
  /** -1 where free. */
  readonly shape: readonly number[];
}

/** A call that the saved model answers. All calls of one saved model share its variables. */
export interface Signature {
  readonly inputs: Readonly<Record<string, SignatureTensor>>;
  readonly outputs: Readonly<Record<string, SignatureTensor>>;
}

/** The tag under which the graph is found. */
export const SERVE_TAG = 'serve';
/** The signature that TensorFlow's loader runs once; its only output is an operation without result. */
const INIT_SIGNATURE = '__saved_model_init_op';

/**
 * Writes `nodes` as a SavedModel that TensorFlow's loader reads: `saved_model.pb` alone, since its variables are
 * made by the `initialise` operation instead of being read from files.
 *
 * @param directory made where it is missing.
 */
export async function writeSavedModel(
  directory: string,
  nodes: readonly NodeDef[],
  signatures: Readonly<Record<string, Signature>>,
  initialise: string,
): Promise<void> {
  const signatureDef: Record<string, unknown> = {
    [INIT_SIGNATURE]: {
      inputs: {},
      outputs: { [INIT_SIGNATURE]: { name: initialise, dtype: 'DT_INVALID' satisfies DataType | 'DT_INVALID' } },
    },
  };
  for (const [name, signature] of Object.entries(signatures)) {
    signatureDef[name] = {
      inputs: tensorInfos(signature.inputs),
      outputs: tensorInfos(signature.outputs),
      methodName: 'tensorflow/serving/predict',
    };
  }
  const message = SavedModelMessage.fromObject({
    savedModelSchemaVersion: 1,
    metaGraphs: [
      {
        metaInfoDef: { tags: [SERVE_TAG] },
        graphDef: { ...graphWithFunctions(nodes), versions: { producer: GRAPH_PRODUCER } },
        signatureDef,
      },
    ],
  });
  await mkdir(directory, { recursive: true });
  await writeFileAtomically(join(directory, 'saved_model.pb'), SavedModelMessage.encode(message).finish());
}

function tensorInfos(tensors: Readonly<Record<string, SignatureTensor>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(tensors).map(([key, { tensor, dtype, shape }]) => [
      key,
      { name: tensorName(tensor), dtype, tensorShape: shapeProto(shape) },
    ]),
  );
}

/** A tensor's name as TensorFlow's sessions have it: with the number of the output. */
export function tensorName(tensor: string): string {
  return tensor.includes(':') ? tensor : `${tensor}:0`;
}
