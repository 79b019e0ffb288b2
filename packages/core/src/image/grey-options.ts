import { InvalidOptionError } from '../errors.ts';
import type { GreyRange } from './grey-range.ts';
import type { Normalisation } from './normalisation.ts';

/** Ways to the mean and the standard deviation by which grey values become z-scores. */
export const NORMALISE_OPTIONS = ['model', 'section', 'stack'] as const;
export type NormaliseOption = (typeof NORMALISE_OPTIONS)[number];

/** How the grey values of images are read. */
export interface GreyOptions {
  /**
   * The mean and the standard deviation: as the model's card says (`model`), which is those of the training, after a check that
   * the images are like it, where the card names no other way; each section's own (`section`); those of all sections (`stack`, of a single image its own); or two numbers, which nothing
   * checks.
   * @default 'model'
   */
  readonly normalise?: NormaliseOption | Normalisation | undefined;
  /**
   * The grey values that are black and white here: they are mapped to those of the training. Only with `model`.
   * @default grey values as they are
   */
  readonly greyRange?: GreyRange | undefined;
  /** Whether the images are negatives of the training's: bright where those are dark. @default false */
  readonly invert?: boolean | undefined;
}

/** @throws InvalidOptionError naming the first option that is wrong, or that would do nothing. */
export function checkGreyOptions({ normalise = 'model', greyRange, invert = false }: GreyOptions): void {
  if (!(NORMALISE_OPTIONS as readonly unknown[]).includes(normalise) && !isNormalisation(normalise)) {
    const rule = `must be one of ${NORMALISE_OPTIONS.join(', ')}, or an object with mean and std (0 or more)`;
    throw new InvalidOptionError('normalise', rule, normalise);
  }
  if (typeof invert !== 'boolean') throw new InvalidOptionError('invert', 'must be true or false', invert);
  if (greyRange === undefined) return;
  const isRange = Array.isArray(greyRange) && greyRange.length === 2 && greyRange.every(Number.isFinite);
  if (!isRange || !(greyRange[0] < greyRange[1])) {
    const rule =
      'must be two numbers, the grey values of black and of white, the lower one first (`invert` exchanges them)';
    throw new InvalidOptionError('greyRange', rule, greyRange);
  }
  if (normalise !== 'model') {
    const rule = 'must be left out with another `normalise` than model, which takes mean and deviation from elsewhere';
    throw new InvalidOptionError('greyRange', rule, greyRange);
  }
}

function isNormalisation(value: unknown): value is Normalisation {
  if (value === null || typeof value !== 'object') return false;
  const { mean, std } = value as Partial<Record<keyof Normalisation, unknown>>;
  return Number.isFinite(mean) && Number.isFinite(std) && (std as number) >= 0;
}

/** What is said of a result whose grey values were not read as by default; null where they were. */
export function describeGreyOptions({ normalise = 'model', greyRange, invert = false }: GreyOptions): string | null {
  const said = [
    ...(greyRange === undefined ? [] : [`grey values ${greyRange[0]} ... ${greyRange[1]} as black ... white`]),
    ...(invert ? ['contrast inverted'] : []),
    ...(normalise === 'section' ? ['each section normalised by itself'] : []),
    ...(normalise === 'stack' ? ['normalised by the mean and deviation of the stack'] : []),
    ...(typeof normalise === 'object' ? [`normalised by mean ${normalise.mean} and deviation ${normalise.std}`] : []),
  ];
  return said.length === 0 ? null : said.join(', ');
}
