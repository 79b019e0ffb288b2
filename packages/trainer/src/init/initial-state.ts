import { InvalidModelError, networkParameters, type Network, type ParameterValues } from '@dilated-unet/core';
import type { TrainConfig } from '../config/schema.ts';
import { initialWeights } from '../model/weights.ts';
import { openInitialModel } from './initial-model.ts';
import { requireSameShape } from './same-shape.ts';

/**
 * The parameters of `network` before the first step of a run: drawn at random, or, with `init`, those of a trained model. The
 * statistics of its batch norms come along; optimizer slots do not.
 *
 * @throws as `openInitialModel` and `requireSameShape`; InvalidModelError when another model lies at the path by now.
 */
export async function initialState(
  network: Network,
  config: Pick<TrainConfig, 'init' | 'network' | 'seed'>,
): Promise<ParameterValues> {
  const { init, seed } = config;
  const fresh = initialWeights(network, seed);
  if (init === undefined) return fresh;
  const model = await openInitialModel(init.path);
  if (model.sha256 !== init.sha256) {
    throw new InvalidModelError(
      `${init.path} is not the model ${init.name} any more with which this run was started: its SHA-256 is ${model.sha256}, not ` +
        `${init.sha256}. Put that one there, or start another run in a new folder.`,
    );
  }
  requireSameShape(config, model);
  const isNew = (layer: string): boolean => init.newHead && layer === headOf(network);
  return new Map(
    networkParameters(network).map(({ name, layer }) => [
      name,
      (isNew(layer) ? fresh : model.weights).get(name) as NonNullable<ReturnType<ParameterValues['get']>>,
    ]),
  );
}

/** The last layer that has parameters: of our networks the convolution that gives the classes. */
function headOf(network: Network): string | undefined {
  return networkParameters(network).at(-1)?.layer;
}
