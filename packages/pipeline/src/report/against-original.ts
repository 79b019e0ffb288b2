import type { Protocol } from '../experiment/results.ts';
import { spreadOver, type Spread, type VariantResults } from './aggregate.ts';
import { heading, list, paragraph, type Block, type Text } from './document.ts';
import { FITTING, heldOutMeasure, type Measure } from './measures.ts';
import { variantName } from './names.ts';
import { ORIGINAL, ORIGINAL_PAGE, ORIGINAL_TRAINING, originalNumber, type OriginalRow } from './original.ts';

const [, VALIDATION_LOSS, , VALIDATION_DICE] = FITTING;

/**
 * What the original's table says, and what the differences from it mean.
 *
 * @param trivialDice interior Dice of calling everything interior, on the sections scored; null where unknown.
 */
export function againstOriginal(
  protocol: Protocol,
  variants: readonly VariantResults[],
  trivialDice: number | null,
): readonly Block[] {
  const compared = variants.filter(({ variant, results }) => results.length > 0 && Object.hasOwn(ORIGINAL, variant));
  const rows = Object.values(ORIGINAL);
  const [training, validation] = [range(rows.map((r) => r.trainingDice)), range(rows.map((r) => r.validationDice))];
  const items: (Text | null)[] = [
    [
      'One run of each network and no spread, so the table itself does not say which of its differences would come again. ',
      `Its validation Dice (${validation}) lies beside its training Dice (${training}), as it must where both are of the `,
      'same sections.',
    ],
    length(compared),
    ...(protocol === 'seed'
      ? [rowByRow(compared, VALIDATION_LOSS, 'validationLoss'), rowByRow(compared, VALIDATION_DICE, 'validationDice')]
      : [notHeldOut(compared, trivialDice)]),
  ];
  return [
    heading('Beside the original'),
    paragraph(
      'Of the table on ',
      { link: ORIGINAL_PAGE, text: 'the original’s page' },
      ', repeated above under each row:',
    ),
    list(...items.filter((item) => item !== null)),
  ];
}

function range(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(3));
  return least === most ? String(least) : `${least}–${most}`;
}

/** How long the training was beside the original's. */
function length(variants: readonly VariantResults[]): Text | null {
  const done = variants.flatMap(({ results }) => results);
  const [first] = done;
  if (first === undefined) return null;
  const { window, batchSize } = first.config;
  const steps = done.map((result) => result.steps);
  const ends = [...new Set([Math.min(...steps), Math.max(...steps)])]
    .map((count) => count.toLocaleString('en'))
    .join('–');
  const shares = done.map(
    (one) => seenPixels(one.steps, one.config) / seenPixels(ORIGINAL_TRAINING.steps, ORIGINAL_TRAINING),
  );
  const share = Math.max(...shares);
  const { epochs } = ORIGINAL_TRAINING;
  return [
    { strong: 'Length of training:' },
    ` the original’s is up to ${epochs} epochs, ${ORIGINAL_TRAINING.steps.toLocaleString('en')} steps of three windows of `,
    `512 × 512. Here it was ${ends} steps of ${batchSize} windows of ${window} × ${window}, ${percent(share)} of its pixels.`,
    share < 0.95 ? ' Shorter training alone can explain a higher loss and a lower Dice.' : '',
  ];
}

function seenPixels(
  steps: number,
  { batchSize, window }: { readonly batchSize: number; readonly window: number },
): number {
  return steps * batchSize * window ** 2;
}

/** To two places at least, as in `0.4%` and `14%`. */
function percent(share: number): string {
  return `${Number((100 * share).toPrecision(2))}%`;
}

/** One measure of each network beside the original's number. */
function rowByRow(
  variants: readonly VariantResults[],
  measure: Measure,
  key: 'validationLoss' | 'validationDice',
): Text | null {
  if (variants.length === 0) return null;
  const spreads = variants.map((one) => spreadOver(one, measure.of)).filter((spread) => spread !== null);
  const words = variants.map(({ variant }, i) => {
    const { mean, deviation } = spreads[i] as Spread;
    const there = (ORIGINAL[variant] as OriginalRow)[key];
    const difference = mean - there;
    const within = deviation !== null && Math.abs(difference) <= deviation ? ', within the spread' : '';
    const spread = deviation === null ? '' : ` ± ${deviation.toFixed(4)}`;
    const sign = difference < 0 ? '−' : '+';
    return `${variantName(variant)} ${mean.toFixed(4)}${spread} against ${originalNumber(there)} (${sign}${Math.abs(difference).toFixed(4)}${within})`;
  });
  const unknown = spreads.every(({ deviation }) => deviation === null)
    ? ' One run of each, so there is no spread to judge the differences by.'
    : '';
  return [
    { strong: `${measure.name.charAt(0).toUpperCase()}${measure.name.slice(1)}, row by row:` },
    ` ${words.join('; ')}.${unknown}`,
  ];
}

function notHeldOut(variants: readonly VariantResults[], trivialDice: number | null): Text | null {
  const dice = heldOutMeasure('interiorDice', 'plain');
  const means = variants.flatMap((one) => spreadOver(one, dice.of)?.mean ?? []);
  if (means.length === 0) return null;
  const best = Math.max(...means);
  const gain = trivialDice === null ? null : (best - trivialDice) / (1 - trivialDice);
  return [
    { strong: 'Not comparable with its validation columns:' },
    ` the numbers here are of sections never trained on (interior Dice ${range(means)}), the original’s of sections that `,
    'were. A lower value here would not make these networks worse, and the original’s do not show what its networks ',
    'reach on new sections.',
    gain === null || gain <= 0
      ? ''
      : ` Between calling everything interior (${trivialDice?.toFixed(3)}) and a perfect prediction (1) the best mean here ` +
        `covers ${percent(gain)} of the way.`,
  ];
}
