import { GreyValuesError, InvalidOptionError } from '../errors.ts';
import { checkGreyOptions, type GreyOptions } from '../image/grey-options.ts';
import { COMMON_RANGES, commonRange, type GreyRange } from '../image/grey-range.ts';
import { ENOUGH_PIXELS, type GreyStatistics, GreyTally } from '../image/grey-statistics.ts';
import type { GreyImage } from '../image/image.ts';
import type { ReadableStack, StopSignal } from '../image/readable-stack.ts';
import type { AppliedNormalisation } from '../image/normalisation.ts';
import { normalisedBy } from './as-trained.ts';
import type { ModelCard, Span } from './card.ts';
import {
  type Bounds,
  comparison,
  linesSentence,
  negativeSentence,
  offSentence,
  remedySentence,
} from './grey-sentences.ts';

/** What of a card says which grey values the model takes. */
export type GreyModel = Pick<ModelCard, 'normalisation' | 'normalise' | 'greyValues'>;

/**
 * How far images may be from what the training saw, chosen by measurement (docs/grey-values.md): the mean by half a standard
 * deviation of the training, the deviation by a factor of two. The mean of a small part of a section varies more: below 256 x
 * 256 pixels the margin grows as the side shrinks, to twice as much at 128 x 128. Small sections of one stack show the same place, and
 * their common mean varies as that of each.
 */
const SHIFT_MARGIN = 0.5;
const WHOLE_SIDE = 256;
const MOST_GROWTH = 2;
const CONTRAST_MARGIN = 2;
/** From where on what is accepted may cost membranes, and is remarked. */
const DOUBTFUL_SHIFT = 0.25;
const DOUBTFUL_CONTRAST = 1.2;
/** Balance of lines, of either sign, from which on it is evidence. */
const LEAST_BALANCE = 0.2;
/** From where on a balance of the other sign is remarked. Crops of 128 x 128 pixels of real sections have -0.13 at the least. */
const DOUBTFUL_BALANCE = 0.1;
/**
 * What every training is taken to have seen at least: the sections of ISBI-2012, each beside their stack. Few sections differ
 * less from each other than from the next stack, and older cards do not say what they saw.
 */
const ISBI_SHIFT: Span = [-0.61, 0.38];
const ISBI_CONTRAST: Span = [0.78, 1.15];

/**
 * Whether images are like those that `model` was trained on, as far as `options` leave that open: with `normalise` model their
 * mean and standard deviation, with model, section and stack also whether thin lines are dark where they were dark in training.
 * Fewer than 64 x 64 pixels are not judged, nor is a normalisation that is given in numbers.
 *
 * @returns null when they are; else what is wrong, in figures, and the options that mend it.
 */
export function greyFault(
  statistics: GreyStatistics,
  model: GreyModel,
  options: GreyOptions = {},
): GreyValuesError | null {
  const { invert = false } = options;
  const normalise = normalisedBy(model, options);
  if (typeof normalise === 'object' || statistics.pixels < ENOUGH_PIXELS) return null;
  const applied = modelNormalisation(model, options);
  const isOff = normalise === 'model' && misfit(statistics, accepted(model, statistics), applied) > 1;
  const isNegative = isTurned(statistics, model, invert);
  if (!isOff && !isNegative) return null;
  const remedy = remedyFor(statistics, model, { ...options, invert: invert !== isNegative });
  const sentences = [
    ...(isOff ? [offSentence(statistics, accepted(model, statistics), options, applied)] : []),
    ...(isNegative ? [negativeSentence(statistics, trainedBalance(model), invert)] : []),
    remedySentence(remedy, options, trainedRange(model)),
  ];
  return new GreyValuesError(sentences.join(' '), remedy);
}

/**
 * Whether images that are accepted (see `greyFault`) are so far from those of the training that membranes may be lost.
 *
 * @returns null when they are not, or nothing was compared; else a remark, in figures, with an option to compare with.
 */
export function greyDoubt(statistics: GreyStatistics, model: GreyModel, options: GreyOptions = {}): string | null {
  const normalise = normalisedBy(model, options);
  if (typeof normalise === 'object' || statistics.pixels < ENOUGH_PIXELS) return null;
  const sentences = [
    ...(normalise === 'model' ? farSentences(statistics, model, options) : []),
    ...turnedSentences(statistics, model, options),
  ];
  return sentences.length === 0 ? null : sentences.join(' ');
}

function farSentences(statistics: GreyStatistics, model: GreyModel, options: GreyOptions): readonly string[] {
  const applied = modelNormalisation(model, options);
  const bounds = accepted(model, statistics, { shift: DOUBTFUL_SHIFT, contrast: DOUBTFUL_CONTRAST });
  if (misfit(statistics, bounds, applied) <= 1) return [];
  return [
    `The grey values differ from those of the training, though within what is accepted: ${comparison(statistics, applied)}.`,
    'Membranes may be missed; compare with `normalise` section.',
  ];
}

function turnedSentences(
  statistics: GreyStatistics,
  model: GreyModel,
  { invert = false }: GreyOptions,
): readonly string[] {
  if (!isTurned(statistics, model, invert, DOUBTFUL_BALANCE)) return [];
  return [
    `Thin lines, such as membranes, ${linesSentence(statistics, trainedBalance(model), invert)}.`,
    `If ${invert ? 'this is no negative, leave `invert` out' : 'this is a negative, use `invert`'}.`,
  ];
}

/**
 * The mean and the standard deviation by which images are normalised for `model`.
 *
 * @param statistics of all images (`normalise` stack), of one (section), or of a sample (model).
 * @throws GreyValuesError as `greyFault` returns it, InvalidOptionError as `checkGreyOptionsFor`.
 */
export function fitGreyValues(
  statistics: GreyStatistics,
  model: GreyModel,
  options: GreyOptions = {},
): AppliedNormalisation {
  checkGreyOptionsFor(model, options);
  const fault = greyFault(statistics, model, options);
  if (fault !== null) throw fault;
  const { invert = false } = options;
  const normalise = normalisedBy(model, options);
  if (normalise === 'model') return modelNormalisation(model, options);
  return withContrast(typeof normalise === 'object' ? normalise : statistics, invert);
}

/** As `checkGreyOptions`; a range is refused too where `model` normalises images by themselves, whatever their range. */
export function checkGreyOptionsFor(model: GreyModel, options: GreyOptions): void {
  checkGreyOptions(options);
  if (options.greyRange === undefined || model.normalise === undefined) return;
  const rule = `must be left out: this model normalises each ${model.normalise} by itself, whatever its range`;
  throw new InvalidOptionError('greyRange', rule, options.greyRange);
}

/** As `fitGreyValues`, for one image that is judged by itself. */
export function fitImage(image: GreyImage, model: GreyModel, options: GreyOptions = {}): AppliedNormalisation {
  return (
    givenNormalisation(options) ??
    fitGreyValues(new GreyTally().add(image, { lines: looksAtLines(model) }).statistics, model, options)
  );
}

/** As `fitImage`, for section `z` of `stack`, of which a part at a time is in memory. */
export async function fitSection(
  stack: ReadableStack,
  z: number,
  model: GreyModel,
  options: GreyOptions & { readonly what?: string; readonly signal?: StopSignal | undefined } = {},
): Promise<AppliedNormalisation> {
  const { what, signal, ...grey } = options;
  const given = givenNormalisation(grey);
  if (given !== null) return given;
  const tally = new GreyTally();
  await tally.addSection(stack, z, { lines: looksAtLines(model), signal, ...(what !== undefined && { what }) });
  return fitGreyValues(tally.statistics, model, grey);
}

const looksAtLines = ({ greyValues }: GreyModel): boolean => greyValues !== undefined;

/** The normalisation that `options` give in numbers; null where they do not. */
function givenNormalisation(options: GreyOptions): AppliedNormalisation | null {
  const { normalise, invert = false } = options;
  if (typeof normalise !== 'object') return null;
  checkGreyOptions(options);
  return withContrast(normalise, invert);
}

/** Options by which parts of an image, or sections of a stack, are read as what `applied` was found for. */
export function fixedGreyOptions({ mean, std, inverted = false }: AppliedNormalisation): GreyOptions {
  return { normalise: { mean, std }, invert: inverted };
}

/** Of the training, in the grey values that the images have. */
function modelNormalisation(model: GreyModel, { greyRange, invert = false }: GreyOptions): AppliedNormalisation {
  const { mean, std } = model.normalisation;
  const [black, white] = trainedRange(model);
  const [low, high] = greyRange ?? [black, white];
  const scale = (high - low) / (white - black);
  return withContrast(
    { mean: low + ((invert ? white + black - mean : mean) - black) * scale, std: std * scale },
    invert,
  );
}

function withContrast({ mean, std }: AppliedNormalisation, inverted: boolean): AppliedNormalisation {
  return inverted ? { mean, std, inverted } : { mean, std };
}

/** Black and white of the training. Of older cards: the narrowest common range that has its dark and its bright values. */
function trainedRange({ greyValues, normalisation: { mean, std } }: GreyModel): GreyRange {
  return greyValues?.range ?? commonRange(mean - std, mean + 2 * std);
}

function accepted(
  { greyValues }: GreyModel,
  { pixels, images = 1 }: GreyStatistics,
  margins = { shift: SHIFT_MARGIN, contrast: CONTRAST_MARGIN },
): Bounds {
  const margin = margins.shift * Math.min(MOST_GROWTH, Math.max(1, WHOLE_SIDE / Math.sqrt(pixels / images)));
  const { shift, contrast } = greyValues ?? { shift: ISBI_SHIFT, contrast: ISBI_CONTRAST };
  return {
    shift: [Math.min(shift[0], ISBI_SHIFT[0]) - margin, Math.max(shift[1], ISBI_SHIFT[1]) + margin],
    contrast: [
      Math.min(contrast[0], ISBI_CONTRAST[0]) / margins.contrast,
      Math.max(contrast[1], ISBI_CONTRAST[1]) * margins.contrast,
    ],
  };
}

/** How far the images are from the middle of `bounds`, 1 at its border. */
function misfit({ mean, std }: GreyStatistics, bounds: Bounds, applied: AppliedNormalisation): number {
  const shift = ((mean - applied.mean) / applied.std) * (applied.inverted === true ? -1 : 1);
  const distance = (value: number, [low, high]: Span): number => Math.abs((2 * value - low - high) / (high - low));
  const [low, high] = bounds.contrast;
  return Math.max(
    distance(shift, bounds.shift),
    distance(Math.log(std / applied.std), [Math.log(low), Math.log(high)]),
  );
}

/** Balance of lines in training; 0 where the card does not know it. */
const trainedBalance = ({ greyValues }: GreyModel): number => greyValues?.lineBalance ?? 0;

function isTurned({ lineBalance }: GreyStatistics, model: GreyModel, invert: boolean, least = LEAST_BALANCE): boolean {
  const trained = trainedBalance(model);
  const here = (lineBalance ?? 0) * (invert ? -1 : 1);
  return Math.abs(trained) >= LEAST_BALANCE && Math.abs(here) >= least && here * trained < 0;
}

/** The options that make the images fit; of the ranges that have all their values, the one that fits best. */
function remedyFor(statistics: GreyStatistics, model: GreyModel, options: GreyOptions): GreyOptions {
  const { normalise, greyRange, invert = false } = options;
  const kept = invert ? { invert } : {};
  if (normalisedBy(model, options) !== 'model') return { ...(normalise !== undefined && { normalise }), ...kept };
  const tried = (range: GreyRange | undefined): { readonly options: GreyOptions; readonly misfit: number } => {
    const remedy = range === undefined ? kept : { greyRange: range, ...kept };
    return {
      options: remedy,
      misfit: misfit(statistics, accepted(model, statistics), modelNormalisation(model, remedy)),
    };
  };
  const ranges = COMMON_RANGES.filter(([black, white]) => black <= statistics.lowest && statistics.highest <= white);
  const [asAsked, ...others] = [greyRange, undefined, ...ranges].map(tried);
  if (asAsked !== undefined && asAsked.misfit <= 1) return asAsked.options;
  const best = others.sort((a, b) => a.misfit - b.misfit)[0];
  return best !== undefined && best.misfit <= 1 ? best.options : { normalise: 'section', ...kept };
}
