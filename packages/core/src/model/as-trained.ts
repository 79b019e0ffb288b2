import type { GreyOptions, NormaliseOption } from '../image/grey-options.ts';
import type { GreyStack } from '../image/image.ts';
import { tissueNormalisation, type Normalisation } from '../image/normalisation.ts';
import type { ModelCard } from './card.ts';

/** What of a card says how grey values become z-scores. */
export type NormalisingModel = Pick<ModelCard, 'normalisation' | 'normalise'>;

/** What images are normalised by: as `options` say, and where they leave it to the model, as its card does. */
export function normalisedBy(
  { normalise }: NormalisingModel,
  options: Pick<GreyOptions, 'normalise'>,
): NormaliseOption | Normalisation {
  const asked = options.normalise ?? 'model';
  return asked === 'model' ? (normalise ?? 'model') : asked;
}

/**
 * Options by which images of the training's own stacks are read: what they are like is no reason to refuse them.
 *
 * @param stack that an image is a section of, where it is one: a model that normalises stacks takes its mean and deviation.
 */
export function asTrained(model: NormalisingModel, stack?: GreyStack): GreyOptions {
  const { normalise, normalisation } = model;
  if (normalise === 'stack' && stack !== undefined) return { normalise: tissueNormalisation(stack) };
  return { normalise: normalise ?? normalisation };
}

/**
 * By what each section of `stack` is normalised in training and in evaluation, without a comparison with the training.
 *
 * @returns one normalisation a section, in order of z.
 */
export function stackNormalisations(stack: GreyStack, model: NormalisingModel): readonly Normalisation[] {
  const { normalise } = model;
  const normalisation = normalise === 'stack' ? tissueNormalisation(stack) : model.normalisation;
  return Array.from({ length: stack.depth }, (_, z) =>
    normalise === 'section' ? tissueNormalisation(stack, [z]) : normalisation,
  );
}
