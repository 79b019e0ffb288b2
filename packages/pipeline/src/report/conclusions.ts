import type { Protocol } from '../experiment/results.ts';
import { spreadOver, type VariantResults } from './aggregate.ts';
import { change, LEAST_PARTS, rank, type Comparison, type Ranking } from './compare.ts';
import { heading, list, paragraph, type Block, type Text } from './document.ts';
import { FITTING, heldOutMeasure, heldOutMeasures, reach, type Application, type Measure } from './measures.ts';
import { counted, enumeration, variantName } from './names.ts';

/** What the numbers say about the networks, and what they leave open; nothing below the spread is called a difference. */
export function conclusions(protocol: Protocol, variants: readonly VariantResults[]): readonly Block[] {
  const run = variants.filter(({ results }) => results.length > 0);
  if (run.length === 0) {
    return [
      heading('In short'),
      paragraph('No part of the experiment has been run yet, so there is nothing to conclude.'),
    ];
  }
  const items = [
    decision(protocol, run),
    ...(protocol === 'seed' ? [separation(FITTING, run)] : [separation(heldOutMeasures('plain'), run)]),
    ...(protocol === 'seed' ? [] : [symmetries(run)]),
    unfinished(variants),
  ];
  return [heading('In short'), list(...items.filter((item) => item !== null))];
}

/** Which network to use, as far as the numbers decide it. */
export function decision(protocol: Protocol, variants: readonly VariantResults[]): Text {
  const question: Text = [{ strong: 'Which network?' }, ' '];
  const [first] = variants;
  if (variants.length === 1 && first !== undefined) {
    return [...question, `Only ${variantName(first.variant)} was run, so there is nothing to compare it with.`];
  }
  if (protocol === 'seed') {
    return [
      ...question,
      'Not to be decided here: under this protocol the validation sections were trained on. Run the experiment with ',
      { code: '--protocol holdout' },
      ' or ',
      { code: '--protocol kfold' },
      ' to choose.',
    ];
  }
  const ranking = rank(variants, heldOutMeasure('vRand', 'plain'));
  if (ranking === null) return [...question, 'The networks have no fold and seed in common yet.'];
  if (ranking.largest.parts < LEAST_PARTS) {
    const [best = ''] = ranking.top;
    return [
      ...question,
      `Not decided yet: the networks have ${counted(ranking.largest.parts, 'run')} in common, and it takes ${LEAST_PARTS} to `,
      `tell a difference from chance. So far ${variantName(best)} has the highest V_Rand, `,
      `${meanOf(variants, best, ranking.measure)}. More seeds or folds would tell: `,
      { code: '--seeds 3' },
      '.',
    ];
  }
  const { left, reasons, ranked } = narrowed(variants, 'plain');
  const names = left.map(({ variant }) => variantName(variant));
  const verdict = left.length === ranked ? 'The measures do not decide it' : enumeration(names, 'or');
  return [...question, { strong: `${verdict}.` }, ` ${reasons.join('; ')}.${narrowestReach(left)}`];
}

/** The measures that decide, the first that tells the networks apart first: those of the challenge, then the thin class. */
const DECIDING = ['vRand', 'vInfo', 'membraneDice'] as const;

/** The networks that no deciding measure puts below the best of those left, and what each measure said. */
function narrowed(
  variants: readonly VariantResults[],
  application: Application,
): { readonly left: readonly VariantResults[]; readonly reasons: readonly string[]; readonly ranked: number } {
  let left = variants;
  let ranked = 0;
  const reasons: string[] = [];
  for (const key of DECIDING) {
    const ranking = left.length > 1 ? rank(left, heldOutMeasure(key, application)) : null;
    if (ranking === null) continue;
    const { measure, below, top } = ranking;
    ranked ||= below.length + top.length;
    const among = reasons.length === 0 ? 'the networks' : left.length === 2 ? 'the two' : 'those left';
    reasons.push(
      below.length === 0
        ? `${measure.name} does not tell ${among} apart (${versus(ranking, ranking.largest)})`
        : `${measure.name} puts ${enumeration(below.map((one) => `${variantName(one.worse)} (${versus(ranking, one)})`))} ` +
            'below the best by more than the spread',
    );
    left = left.filter(({ variant }) => top.includes(variant));
  }
  return { left, reasons, ranked };
}

/** What tells networks of equal scores apart at no cost in accuracy: the margin that exact tiles need. */
function narrowestReach(variants: readonly VariantResults[]): string {
  const reaches = variants.flatMap(({ variant, results: [first] }) =>
    first === undefined ? [] : [{ variant, pixels: reach(first) }],
  );
  const [least, most] = [Math.min(...reaches.map((one) => one.pixels)), Math.max(...reaches.map((one) => one.pixels))];
  if (reaches.length < 2 || least === most) return '';
  const narrow = reaches.filter(({ pixels }) => pixels === least).map(({ variant }) => variantName(variant));
  return ` Of these ${enumeration(narrow)} cost${narrow.length === 1 ? 's' : ''} less in use: exact tiles need a margin of ${least} pixels, not ${most}.`;
}

/** Which measures tell the networks apart, and which do not. */
export function separation(measures: readonly Measure[], variants: readonly VariantResults[]): Text | null {
  const rankings = measures.map((measure) => rank(variants, measure)).filter((one) => one !== null);
  const judged = rankings.filter(({ largest }) => largest.parts >= LEAST_PARTS);
  if (judged.length === 0) {
    if (rankings.length === 0) return null;
    return [
      { strong: 'No measure tells the networks apart yet:' },
      ` with ${counted(rankings[0]?.largest.parts ?? 0, 'run')} in common the spread is not known.`,
    ];
  }
  const apart = judged.filter(({ largest }) => largest.apart);
  const alike = judged.filter(({ largest }) => !largest.apart);
  const words = (list: readonly Ranking[]): string =>
    enumeration(list.map((ranking) => `${ranking.measure.name} (${versus(ranking, ranking.largest)})`));
  return [
    ...(apart.length === 0
      ? [{ strong: 'No measure tells the networks apart' }, ' by more than the spread over runs: ']
      : [
          { strong: 'Told apart' },
          ` by more than the spread over runs: ${words(apart)}. `,
          ...(alike.length === 0 ? [] : [{ strong: 'Not told apart:' }, ' ']),
        ]),
    ...(alike.length === 0 ? [] : [`${words(alike)}.`]),
  ];
}

/** For example `difference 0.0192, spread 0.0031`. */
function versus({ measure: { digits }, spread }: Ranking, { difference }: Comparison): string {
  const words = `difference ${difference.toFixed(digits)}`;
  return spread === null ? words : `${words}, spread ${spread.toFixed(digits)}`;
}

function meanOf(variants: readonly VariantResults[], variant: string, measure: Measure): string {
  const found = variants.find((one) => one.variant === variant);
  return found === undefined ? '' : (spreadOver(found, measure.of)?.mean.toFixed(measure.digits) ?? '');
}

/** Whether averaging over the symmetries helped; null where it was not tried. */
export function symmetries(variants: readonly VariantResults[]): Text | null {
  const [plain, averaged] = [heldOutMeasure('vRand', 'plain'), heldOutMeasure('vRand', 'symmetries')];
  const changes = variants.flatMap((one) => {
    const found = change(one, plain, averaged);
    return found === null ? [] : [{ name: variantName(one.variant), ...found }];
  });
  if (changes.length === 0) return null;
  const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(plain.digits)}`;
  const words = changes.map(({ name, mean, deviation, count }) => {
    const note =
      deviation === null || count < LEAST_PARTS
        ? ` (${counted(count, 'run')})`
        : ` ± ${deviation.toFixed(plain.digits)}${Math.abs(mean) > deviation ? '' : ' (not told apart from no change)'}`;
    return `${name} ${signed(mean)}${note}`;
  });
  const { left, reasons, ranked } = narrowed(variants, 'symmetries');
  const verdict =
    left.length === ranked
      ? ''
      : `, which leaves ${enumeration(
          left.map((v) => variantName(v.variant)),
          'or',
        )}`;
  return [
    { strong: 'Averaging over the eight symmetries' },
    ` costs eight predictions instead of one and changes V_Rand, within each run, by: ${words.join('; ')}.`,
    reasons.length === 0 ? '' : ` So averaged, ${reasons.join('; ')}${verdict}.`,
  ];
}

function unfinished(variants: readonly VariantResults[]): Text | null {
  const all = variants.reduce((sum, { parts }) => sum + parts.length, 0);
  const done = variants.reduce((sum, { results }) => sum + results.length, 0);
  if (done === all) return null;
  const few = variants.filter(({ results }) => results.length > 0 && results.length < LEAST_PARTS);
  const most = Math.max(...variants.map(({ results }) => results.length));
  const leftOut =
    most < LEAST_PARTS || few.length === 0
      ? ''
      : ` Not compared, with fewer than ${LEAST_PARTS} runs: ${enumeration(few.map((one) => variantName(one.variant)))}.`;
  return [
    { strong: 'Not complete:' },
    ` ${done} of ${all} parts have been run; the missing ones are named at the end.${leftOut}`,
  ];
}
