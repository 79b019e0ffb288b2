import { receptiveField, unet } from '@dilated-unet/core';
import type { TrialResult, Protocol } from '../experiment/results.ts';
import { list, table } from './markdown.ts';
import {
  FITTING,
  heldOutMeasure,
  heldOutMeasures,
  ORIGINAL_PAGE,
  ORIGINAL_TRAINING,
  variantName,
  type Application,
  type ResultMeasure,
} from './measures.ts';
import { LEAST_PAIRS, type Difference } from './paired-t-test.ts';
import { change, rank, type Comparison, type Ranking } from './ranking.ts';
import { spreadOver, type Spread, type VariantResults } from './statistics.ts';

const NOTHING = '–';

/** The answer in a few sentences: the best network, whether the others are significantly worse, what is missing. */
export function conclusions(protocol: Protocol, variants: readonly VariantResults[]): string {
  const all = variants.reduce((sum, { trials }) => sum + trials.length, 0);
  const done = variants.reduce((sum, { results }) => sum + results.length, 0);
  return list([
    protocol === 'original'
      ? '**This protocol cannot say which network is better:** nothing is held out, validation is on sections that were ' +
        'trained on. Run `--protocol holdout` or `--protocol kfold` to compare the networks.'
      : verdict(protocol, variants),
    ...(protocol === 'original' ? [] : [symmetries(variants)]),
    done === all
      ? null
      : `**Not complete:** ${done} of ${all} trials have a result. The end of the report names the others.`,
  ]);
}

function verdict(protocol: Protocol, variants: readonly VariantResults[]): string {
  const measure = heldOutMeasure('vRand', 'plain');
  const ranking = rank(variants, measure);
  if (ranking === null) {
    return 'Fewer than two networks have results, or those with enough share no fold and seed, so there is nothing to compare.';
  }
  const { best, mean, runs, differences } = ranking;
  const isMissing = variants.some(({ results }) => results.length > runs);
  const over = `n = ${runs}${isMissing ? ', the folds and seeds that all compared networks have run' : ''}`;
  const named = (those: (difference: Comparison | null) => boolean): string =>
    [...differences].flatMap(([variant, one]) => (those(one) ? variantName(variant) : [])).join(', ');
  const isTested = (one: Comparison | null): boolean => one !== null && one.pValue !== null;
  const worse = named((one) => one?.significant === true);
  const open = named((one) => isTested(one) && one?.significant === false);
  const few = named((one) => !isTested(one));
  return [
    `**${variantName(best)} has the highest mean V_Rand,** ${mean.toFixed(measure.digits)} (${over}).`,
    ...(worse === '' ? [] : [`Significantly lower: ${worse}.`]),
    ...(open === '' ? [] : [`Not significantly different: ${open}.`]),
    ...(few === '' ? [] : [`${tooFew(protocol)}: ${few}.`]),
  ].join(' ');
}

/** What is too little to compare, and what gives enough. */
function tooFew(protocol: Protocol): string {
  return protocol === 'kfold'
    ? `Fewer than ${LEAST_PAIRS} folds in common (it takes \`--folds ${LEAST_PAIRS}\` or more), too few to tell`
    : `Fewer than ${LEAST_PAIRS} runs in common (the same command with \`--seeds ${LEAST_PAIRS}\` adds them), too few to tell`;
}

/** null where no run was scored with symmetries. */
function symmetries(variants: readonly VariantResults[]): string | null {
  const [plain, averaged] = [heldOutMeasure('vRand', 'plain'), heldOutMeasure('vRand', 'symmetries')];
  const words = variants.flatMap((one) => {
    const found = change(one, plain, averaged);
    return found === null
      ? []
      : `${variantName(one.variant)} ${differenceText(found, plain.digits)}, n = ${found.count}`;
  });
  if (words.length === 0) return null;
  return `**Averaging over the eight symmetries** (eight predictions instead of one) changes V_Rand by: ${words.join('; ')}.`;
}

/** For example `−0.0123 [−0.0150, −0.0100]`, which breaks only before the interval. */
function differenceText({ mean, interval }: Difference, digits: number): string {
  const signed = (value: number): string => `${value < 0 ? '−' : ''}${Math.abs(value).toFixed(digits)}`;
  return interval === null ? signed(mean) : `${signed(mean)} [${interval.map(signed).join(',\u00a0')}]`;
}

/** All measures of the held-out sections, and the differences between networks; null where no trial has them. */
export function heldOutTables(variants: readonly VariantResults[], application: Application): string | null {
  const measures = heldOutMeasures(application);
  if (!variants.some((one) => measures.some(({ of }) => spreadOver(one, of) !== null))) return null;
  const rankings = measures.map((measure) => [measure, rank(variants, measure)] as const);
  const head = ['', ...variants.map(({ variant }) => variantName(variant))];
  const means = table(
    head,
    rankings.map(([measure, ranking]) => [
      arrowed(measure),
      ...variants.map((one) =>
        bold(spreadText(spreadOver(one, measure.of), measure.digits), stands(one.variant, ranking)),
      ),
    ]),
  );
  const compared = rankings.filter(([, ranking]) =>
    [...(ranking?.differences.values() ?? [])].some((d) => d?.interval),
  );
  const note = `Mean ± standard deviation over the runs of a network (n = ${counts(variants)}).`;
  if (compared.length === 0)
    return `${means}\n\n${note} One run of a network has no spread: a difference may be chance.`;
  const differences = table(
    head,
    compared.map(([measure, ranking]) => [
      arrowed(measure),
      ...variants.map(({ variant }) => {
        if (variant === ranking?.best) return 'best';
        const difference = ranking?.differences.get(variant) ?? null;
        if (difference === null) return NOTHING;
        return bold(differenceText(difference, measure.digits), difference.significant);
      }),
    ]),
  );
  return `${means}

${note} Bold: the best network and those not significantly worse, where one is.

${differences}

Difference to the network with the best mean over the folds and seeds that all compared have run; over those that both have
run, with its 95 % interval (paired, Student's t). Bold: significantly worse by the paired t test at 5 %, of at least ${LEAST_PAIRS} pairs, with Holm's
correction over all pairs of networks. The intervals are not corrected, and measures are not for one another.
${shared(variants)}`;
}

/** What the runs have in common, so that the intervals do not cover its variation. */
function shared(variants: readonly VariantResults[]): string {
  const folds = new Set(variants.flatMap(({ results }) => results.map(({ trial }) => trial.fold))).size;
  return folds === 1
    ? 'All runs are scored on the same block: the intervals cover how training varies, not how tissue does.'
    : 'A pair is the mean of a fold over its seeds. The trainings of two folds share sections, so that the intervals may be ' +
        'too narrow (Nadeau & Bengio, Machine Learning 52, 2003).';
}

const arrowed = ({ name, better }: ResultMeasure): string => `${name} ${better === 'higher' ? '↑' : '↓'}`;
const bold = (text: string, strong: boolean): string => (strong ? `**${text}**` : text);

/** Whether a network is not significantly worse than the best, where some network is. */
function stands(variant: string, ranking: Ranking | null): boolean {
  const differences = [...(ranking?.differences.values() ?? [])];
  return differences.some((one) => one?.significant) && ranking?.differences.get(variant)?.significant !== true;
}

/** A number with its spread, both to the same place. */
export function spreadText(spread: Spread | null, digits: number): string {
  if (spread === null) return NOTHING;
  const { mean, deviation } = spread;
  return deviation === null ? mean.toFixed(digits) : `${mean.toFixed(digits)}\u00a0±\u00a0${deviation.toFixed(digits)}`;
}

function counts(variants: readonly VariantResults[]): string {
  const numbers = variants.map(({ results }) => results.length);
  return new Set(numbers).size === 1 ? String(numbers[0]) : numbers.join(', ');
}

/** Loss and Dice in training and validation, each above what the original reports, and what the two can say. */
export function fittingSection(protocol: Protocol, variants: readonly VariantResults[]): string {
  const rows = FITTING.flatMap(({ original, ...measure }) => [
    [measure.name, ...variants.map((one) => spreadText(spreadOver(one, measure.of), measure.digits))],
    ['*in the original’s table*', ...variants.map(({ variant }) => original[variant] ?? NOTHING)],
  ]);
  const results = variants.flatMap((one) => one.results);
  const pixels = ({ batchSize, window }: { batchSize: number; window: number }): number => batchSize * window ** 2;
  const whole = ORIGINAL_TRAINING.steps * pixels(ORIGINAL_TRAINING);
  const share = Math.max(...results.map(({ steps, config }) => (steps * pixels(config)) / whole));
  return `${table(['', ...variants.map(({ variant }) => variantName(variant))], rows)}

Training: mean over the steps of the last epoch, with dropout and augmentation, so that it can be worse than validation.
Loss: binary cross-entropy + 1 − soft Dice. Dice: soft, of the interior. The [original](${ORIGINAL_PAGE}) gives
one run of each network and no spread, after ${ORIGINAL_TRAINING.steps.toLocaleString('en')} steps of three windows of 512 × 512.
Training here saw ${Number((100 * share).toPrecision(2))} % of those pixels.${
    share < 0.95 ? ' Shorter training alone can explain a higher loss and a lower Dice.' : ''
  }${
    protocol === 'original'
      ? ''
      : ' Its validation columns are of sections that were trained on, those here of held-out sections: they are not comparable.'
  }`;
}

/** Size, reach and cost of the networks, and how far each was run. */
export function runsTable(variants: readonly VariantResults[]): string {
  const row = (name: string, of: (one: VariantResults) => string): string[] => [
    name,
    ...variants.map((one) => (one.results.length === 0 ? NOTHING : of(one))),
  ];
  const range = ({ results }: VariantResults, of: (result: TrialResult) => number): string =>
    [...new Set([Math.min(...results.map(of)), Math.max(...results.map(of))])]
      .map((value) => value.toLocaleString('en'))
      .join('–');
  const mean = (one: VariantResults, of: (result: TrialResult) => number): number => spreadOver(one, of)?.mean ?? 0;
  const rows = [
    row('parameters', (one) => range(one, ({ parameters }) => parameters)),
    row('receptive field radius, px', (one) => range(one, ({ config }) => receptiveField(unet(config.network)).radius)),
    row('training step, ms', (one) => mean(one, ({ stepMs }) => stepMs).toPrecision(3)),
    row('training, minutes a run', (one) => (mean(one, (result) => result.trainingSeconds) / 60).toFixed(1)),
    row('steps run', (one) => range(one, ({ steps }) => steps)),
    row('epochs run', (one) => `${range(one, ({ epochs }) => epochs)} of ${range(one, (r) => r.epochsAsked)}`),
    ['runs finished', ...variants.map(({ results, trials }) => `${results.length} of ${trials.length}`)],
  ];
  return `${table(['', ...variants.map(({ variant }) => variantName(variant))], rows)}

Tiles that are to equal the whole image need a margin as wide as the receptive field's radius. Step: median of a run.`;
}
