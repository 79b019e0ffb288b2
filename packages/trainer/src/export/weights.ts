import { readFile } from 'node:fs/promises';
import {
  InvalidModelError,
  isDilatedUnetError,
  networkParameters,
  type Network,
  type ParameterValues,
} from '@dilated-unet/core';
import { reason, writeFileAtomically } from '@dilated-unet/host';
import { parseStoredConfig } from '../config/parse.ts';
import { networkOf } from '../model/network.ts';
import { decodeSafetensors, encodeSafetensors } from '../model/safetensors.ts';

/** A network with its trained parameters. */
export interface TrainedNetwork {
  readonly network: Network;
  /** Float32, row-major, by name; moving statistics are those that the exported model uses. */
  readonly weights: ParameterValues;
}

/** Writes what training goes on from, and every other form of the model is made of: safetensors, float32. */
export async function writeWeights(path: string, { network, weights }: TrainedNetwork): Promise<void> {
  const own = networkParameters(network).map(({ name }) => [name, valueOf(weights, name)] as const);
  await writeFileAtomically(path, encodeSafetensors(new Map(own), { network: JSON.stringify(network) }));
}

/** @throws InvalidModelError with the path, when there is no such file, or it does not hold a network with all its parameters. */
export async function readWeights(path: string): Promise<TrainedNetwork> {
  return decodeWeights(await readWeightsFile(path), path);
}

/** @throws InvalidModelError with the path, when there is no such file. */
export function readWeightsFile(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: unknown) => {
    throw new InvalidModelError(
      `${path} cannot be read: ${reason(cause)}. Runs of earlier versions have no such file: train again.`,
      { cause },
    );
  });
}

/**
 * What `writeWeights` wrote, or the weights of a checkpoint.
 *
 * @param path for messages. @throws InvalidModelError when it does not hold a network with all its parameters.
 */
export function decodeWeights(bytes: Uint8Array, path: string): TrainedNetwork {
  const { tensors: weights, metadata } = decodeSafetensors(bytes, path);
  try {
    // A checkpoint says how its network is trained.
    const network =
      metadata['config'] === undefined
        ? (JSON.parse(metadata['network'] ?? 'null') as Network)
        : networkOf(parseStoredConfig(JSON.parse(metadata['config']), path));
    for (const { name, shape } of networkParameters(network)) {
      const found = valueOf(weights, name).shape;
      if (found.join() !== shape.join()) throw new InvalidModelError(`${name} has shape ${found.join(' x ')}`);
    }
    return { network, weights };
  } catch (cause) {
    const why = isDilatedUnetError(cause) ? cause.message.replace(/\.$/, '') : 'it names none';
    throw new InvalidModelError(`${path} does not hold a trained network: ${why}. Give a file that a training wrote.`, {
      cause,
    });
  }
}

function valueOf(weights: ParameterValues, name: string): NonNullable<ReturnType<ParameterValues['get']>> {
  const value = weights.get(name);
  if (value === undefined) throw new InvalidModelError(`${name} is missing`);
  return value;
}
