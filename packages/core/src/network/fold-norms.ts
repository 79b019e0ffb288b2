import { InvalidOptionError } from '../errors.ts';
import { channelSlots, type Slot, type Widening } from './channel-slots.ts';
import { affineOf, foldIntoConv, widenNorm, type Affine } from './fold-parameters.ts';
import { layerInputs, type Layer, type LayerOf } from './layers/index.ts';
import { networkOutputs, type Network } from './network.ts';
import type { ParameterValues } from './sigmoid-head.ts';

export interface FoldNormsOptions {
  /**
   * Channels of which a runtime computes a multiple anyway: convolutions are filled up to one with channels that are 0. 1 fills
   * up nothing.
   *
   * @default 1
   */
  readonly block?: number;
  /**
   * What one of several convolutions is filled up to a multiple of, where the norm of their joined channels finds no room else: such
   * a norm keeps the joined channels, which are the largest tensors.
   *
   * @default `block`
   */
  readonly joinedBlock?: number;
  /**
   * Whether a convolution that fills its blocks is widened by a further one where a norm could be folded for it: where a norm
   * costs more than a block.
   *
   * @default false
   */
  readonly furtherBlock?: boolean;
}

type Conv = LayerOf<'conv'>;

/**
 * The same function without the batch norms that convolutions can do along: a norm's factor goes into the kernels behind
 * it, and its summand into the weights of a channel that is 1 in every pixel. That channel comes from a convolution before
 * the norm, so that the zeros beyond the image's border stand for it too, and the border is exact (a bias would add there
 * what the norm never gave).
 *
 * A norm stays where something else than convolutions reads it, where a factor below 0 would turn a pooling's maximum into
 * a minimum, and where no convolution has room for the channel and none gets a further block.
 *
 * @param network an inference form.
 * @param values all its parameters, float32; kernels with axes y, x, input channel, output channel.
 * @returns the new network, its layers under their old names, and its parameters, computed in float64.
 * @throws InvalidModelError when the network is not well formed, or a parameter is missing; InvalidOptionError when a block
 *   is not a whole number of at least 1.
 */
export function foldNorms(
  network: Network,
  values: ParameterValues,
  { block = 1, joinedBlock = block, furtherBlock = false }: FoldNormsOptions = {},
): { readonly network: Network; readonly values: ParameterValues } {
  for (const [option, value] of Object.entries({ block, joinedBlock })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new InvalidOptionError(option, 'must be a whole number of at least 1', value);
    }
  }
  const graph = new Readers(network);
  const widenings = new Map<string, Widening>();
  if (block > 1) for (const { name } of graph.widenable) widenings.set(name, { one: false, block });
  const folded = new Map<string, Affine>();
  for (const norm of network.layers) {
    if (norm.kind !== 'batch-norm') continue;
    const affine = affineOf(norm, values);
    const convs = graph.convsBehind(
      norm,
      affine.scale.every((factor) => factor > 0),
    );
    if (convs === undefined) continue;
    if (convs.some(({ kernel }) => kernel > 1)) {
      const carriers = graph.convsBefore(norm).filter((conv) => graph.widenable.has(conv));
      if (!carriers.some(({ name }) => widenings.get(name)?.one)) {
        const withRoom = (size: number): Conv | undefined =>
          carriers.find(({ filters }) => size === 1 || filters % size !== 0);
        const narrow = withRoom(block) ?? (furtherBlock ? carriers[0] : undefined);
        const carrier = narrow ?? (carriers.length > 1 ? withRoom(joinedBlock) : undefined);
        if (carrier === undefined) continue;
        widenings.set(carrier.name, { one: true, block: narrow === undefined ? joinedBlock : block });
      }
    }
    folded.set(norm.name, affine);
  }
  return rewrite(network, values, folded, channelSlots(network, widenings));
}

/** Who reads whom in a network. */
class Readers {
  readonly #network: Network;
  readonly #outputs: ReadonlySet<string>;
  /** Convolutions whose further channels reach nothing but convolutions and norms. */
  readonly widenable: ReadonlySet<Conv>;

  constructor(network: Network) {
    this.#network = network;
    this.#outputs = new Set(networkOutputs(network).map(({ name }) => name));
    this.widenable = new Set(
      network.layers.filter((layer) => layer.kind === 'conv' && this.#mayWiden(layer)) as Conv[],
    );
  }

  #of(name: string): readonly Layer[] {
    return this.#network.layers.filter((layer) => layerInputs(layer).includes(name));
  }

  #mayWiden(layer: Layer): boolean {
    if (this.#outputs.has(layer.name)) return false;
    return this.#of(layer.name).every((reader) => {
      if (reader.kind === 'conv') return true;
      if (reader.kind === 'add' || reader.kind === 'class-probability') return false;
      if (reader.kind === 'activation' && reader.activation !== 'relu') return false;
      return this.#mayWiden(reader);
    });
  }

  /** The convolutions that read `norm`; undefined where something else does, or a pooling that may not. */
  convsBehind({ name }: { readonly name: string }, mayPool: boolean): readonly Conv[] | undefined {
    const convs: Conv[] = [];
    for (const reader of this.#of(name)) {
      const behind =
        reader.kind === 'conv'
          ? [reader]
          : reader.kind === 'max-pool' && mayPool
            ? this.convsBehind(reader, mayPool)
            : undefined;
      if (behind === undefined) return undefined;
      convs.push(...behind);
    }
    return convs.length === 0 || this.#outputs.has(name) ? undefined : convs;
  }

  /** The convolutions whose channels reach `layer`. */
  convsBefore(layer: Layer): readonly Conv[] {
    return layerInputs(layer).flatMap((name) => {
      const before = this.#network.layers.find((candidate) => candidate.name === name) as Layer;
      if (before.kind === 'conv') return [before];
      return before.kind === 'add' ? [] : this.convsBefore(before);
    });
  }
}

function rewrite(
  network: Network,
  values: ParameterValues,
  folded: ReadonlyMap<string, Affine>,
  slots: ReadonlyMap<string, readonly Slot[]>,
): { readonly network: Network; readonly values: ParameterValues } {
  const changed = new Map(values);
  /** By tensor, what a folded norm would have done to it. */
  const pending = new Map<string, Affine>();
  /** What a layer reads in place of a folded norm. */
  const instead = new Map<string, string>();
  const layers: Layer[] = [];
  for (const layer of network.layers) {
    if (layer.kind === 'batch-norm') {
      const affine = folded.get(layer.name);
      if (affine !== undefined) {
        instead.set(layer.name, layer.input);
        pending.set(layer.name, affine);
        continue;
      }
      widenNorm(layer, slots.get(layer.input) as readonly Slot[], changed);
    } else if (layer.kind === 'conv') {
      const own = slots.get(layer.name) as readonly Slot[];
      foldIntoConv(layer, pending.get(layer.input), slots.get(layer.input) as readonly Slot[], own, changed);
      layers.push({ ...layer, input: instead.get(layer.input) ?? layer.input, filters: own.length });
      continue;
    } else if (layer.kind === 'max-pool') {
      const affine = pending.get(layer.input);
      if (affine !== undefined) pending.set(layer.name, affine);
    }
    layers.push('input' in layer ? { ...layer, input: instead.get(layer.input) ?? layer.input } : layer);
  }
  for (const name of folded.keys()) {
    for (const role of ['gamma', 'beta', 'moving_mean', 'moving_variance']) changed.delete(`${name}/${role}`);
  }
  return { network: { ...network, layers }, values: changed };
}
