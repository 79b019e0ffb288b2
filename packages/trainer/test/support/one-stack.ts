import type { Dataset } from '../../src/data/dataset.ts';
import type { DividedStack, NormalisedSections } from '../../src/data/hold-out.ts';
import {
  createSampler as create,
  type SampledStack,
  type Sampler,
  type SamplerOptions,
} from '../../src/data/sampler.ts';

/** Options of a sampler of one stack. */
export type OneStackOptions = SampledStack & Omit<SamplerOptions, 'stacks'>;

export function oneStack({
  train,
  labelOffset,
  normalisation,
  normalise,
  weight,
  ...options
}: OneStackOptions): SamplerOptions {
  const stack = { train, normalisation, weight, ...(normalise && { normalise }), ...(labelOffset && { labelOffset }) };
  return { stacks: [stack], ...options };
}

export const createSampler = (options: OneStackOptions): Sampler => create(oneStack(options));

/** A dataset of one stack, with what there is of that stack beside the rest. */
export function ofOneStack(data: Dataset): Dataset & DividedStack & { readonly train: NormalisedSections } {
  const [stack] = data.stacks;
  if (stack === undefined || data.stacks.length > 1 || stack.train === null) throw new Error('Not one stack.');
  return { ...data, ...stack, train: stack.train };
}
