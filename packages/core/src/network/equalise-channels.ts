import { InvalidModelError } from '../errors.ts';
import { foldLayers } from './fold.ts';
import type { Layer, LayerOf } from './layers/index.ts';
import { networkOutputs, type Network } from './network.ts';
import { layerChannels } from './shapes.ts';
import type { ParameterValues } from './sigmoid-head.ts';

/** A factor above 0 by which a channel is multiplied: of all channels that must have the same one. */
interface Factor {
  /** Largest magnitude in any of them; 0 where none is known. */
  range: number;
  /** Whether it must be 1: the channel is given, or given back, or read by what is not linear. */
  fixed: boolean;
  /** The factor that it was joined with. */
  same?: Factor;
}

/**
 * The same function with activations whose channels have one range, so that eight bits serve all channels of a tensor alike:
 * a ReLU lets a positive factor through, so each channel is divided by its range in the layer that gives it and multiplied in
 * those that read it (Nagel et al. 2019, https://arxiv.org/abs/1906.04721, with ranges of activations instead of weights).
 *
 * @param network an inference form.
 * @param values all its parameters, float32; kernels with axes y, x, input channel, output channel.
 * @param ranges largest magnitude of each channel, by the layer whose output it is; channels that are 0 everywhere, and those
 *   of layers that are missing here, stay what they are.
 * @returns new parameters for `network`.
 * @throws InvalidModelError when a parameter is missing, or a layer has another number of ranges than channels.
 */
export function equaliseChannels(
  network: Network,
  values: ParameterValues,
  ranges: ReadonlyMap<string, ArrayLike<number>>,
): ParameterValues {
  const factors = channelFactors(network, ranges);
  const by = (name: string): readonly number[] =>
    (factors.get(name) as readonly Factor[]).map((factor) => {
      const { range, fixed } = first(factor);
      return fixed || range === 0 ? 1 : 1 / range;
    });
  const changed = new Map(values);
  const scale = (name: string, factor: (index: number) => number): void => {
    const value = values.get(name);
    if (value === undefined) throw new InvalidModelError(`The parameters of "${network.name}" lack ${name}.`);
    changed.set(name, { ...value, data: value.data.map((number, i) => number * factor(i)) });
  };
  for (const layer of network.layers) {
    if (!isLinear(layer)) continue;
    const [read, given] = [by(layer.input), by(layer.name)] as [number[], number[]];
    const [before, after] = [(c: number) => read[c] as number, (c: number) => given[c] as number];
    if (layer.kind === 'batch-norm') {
      scale(`${layer.name}/gamma`, (c) => after(c) / before(c));
      scale(`${layer.name}/beta`, after);
      scale(`${layer.name}/moving_mean`, before);
      continue;
    }
    const filters = given.length;
    // An upsample-conv has its filters four times over.
    const width = layer.kind === 'upsample-conv' ? 4 * filters : filters;
    scale(`${layer.name}/kernel`, (i) => after(i % filters) / before(Math.floor(i / width) % read.length));
    scale(`${layer.name}/bias`, (i) => after(i % filters));
  }
  return changed;
}

function isLinear(layer: Layer): layer is LayerOf<'conv' | 'upsample-conv' | 'batch-norm'> {
  return layer.kind === 'conv' || layer.kind === 'upsample-conv' || layer.kind === 'batch-norm';
}

/** The factors of each layer's channels. */
function channelFactors(
  network: Network,
  ranges: ReadonlyMap<string, ArrayLike<number>>,
): ReadonlyMap<string, readonly Factor[]> {
  const outputs = new Set(networkOutputs(network).map(({ name }) => name));
  const fix = (factors: readonly Factor[]): void => factors.forEach((factor) => (first(factor).fixed = true));
  return foldLayers<readonly Factor[]>(network, (layer, inputs) => {
    const count = layerChannels(network, layer, inputs.map((input) => input.length)); // prettier-ignore
    const own = (fixed: boolean): readonly Factor[] => Array.from({ length: count }, () => ({ range: 0, fixed }));
    const factors = factorsOf(layer, inputs) ?? own(layer.kind === 'input');
    if (layer.kind === 'class-probability' || isSigmoid(layer)) inputs.forEach(fix);
    if (outputs.has(layer.name)) fix(factors);
    const known = ranges.get(layer.name);
    if (known !== undefined && known.length !== count) {
      throw new InvalidModelError(`${layer.name} has ${count} channels, and ${known.length} ranges were given.`);
    }
    factors.forEach((factor, c) => {
      const group = first(factor);
      group.range = Math.max(group.range, known?.[c] ?? 0);
    });
    return factors;
  });
}

/** Those that `layer` lets through; undefined where it has its own. */
function factorsOf(layer: Layer, inputs: readonly (readonly Factor[])[]): readonly Factor[] | undefined {
  if (layer.kind === 'concat') return inputs.flat();
  if (layer.kind === 'add') {
    const [sum, ...terms] = inputs as [readonly Factor[], ...(readonly Factor[])[]];
    for (const term of terms) term.forEach((factor, c) => join(sum[c] as Factor, factor));
    return sum;
  }
  const isOwn = isLinear(layer) || layer.kind === 'class-probability' || isSigmoid(layer);
  return isOwn ? undefined : inputs[0];
}

function isSigmoid(layer: Layer): boolean {
  return layer.kind === 'activation' && layer.activation !== 'relu';
}

/** The factor that stands for all that are the same. */
function first(factor: Factor): Factor {
  return factor.same === undefined ? factor : first(factor.same);
}

function join(a: Factor, b: Factor): void {
  const [one, other] = [first(a), first(b)];
  if (one === other) return;
  one.range = Math.max(one.range, other.range);
  one.fixed ||= other.fixed;
  other.same = one;
}
