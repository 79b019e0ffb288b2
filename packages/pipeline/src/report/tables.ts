import type { PartResult } from '../experiment/results.ts';
import { extentOf, spreadOver, type Spread, type VariantResults } from './aggregate.ts';
import { LEAST_PARTS, rank } from './compare.ts';
import type { Cell, Row, Table, Text } from './document.ts';
import { FITTING, heldOutMeasures, reach, type Application, type Measure } from './measures.ts';
import { counted, variantName } from './names.ts';
import { ORIGINAL, originalNumber } from './original.ts';

const NOTHING: Cell = { value: '–' };

/** A number with its spread, both to the same place. */
export function cellOf(spread: Spread | null, digits: number): Cell {
  if (spread === null) return NOTHING;
  const value = spread.mean.toFixed(digits);
  return spread.deviation === null ? { value } : { value, spread: `± ${spread.deviation.toFixed(digits)}` };
}

/** What `±` means here: over how many runs it is. */
export function spreadNote(variants: readonly VariantResults[]): string {
  const { folds, seeds } = extentOf(variants);
  const counts = variants.map(({ results }) => results.length).filter((count) => count > 0);
  if (counts.length === 0) return 'Nothing has been run yet.';
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  if (most === 1) return 'One run of each network, so there is no spread: a difference may be chance.';
  const runs = least === most ? `${most}` : `${least} to ${most}`;
  return (
    `Mean ± standard deviation over ${runs} runs of a network (${counted(folds, 'fold')}, ${counted(seeds, 'seed')}` +
    `${least === most ? '' : '; some runs are missing'}).` +
    (folds > 1 ? ' Over folds it contains how much the blocks differ, so that it errs on the side of caution.' : '')
  );
}

/** Loss and Dice in training and validation, each above what the original reports. */
export function fittingTable(variants: readonly VariantResults[]): Table {
  const rows = FITTING.flatMap((measure): Row[] => {
    const original = variants.map(({ variant }): Cell => {
      const row = Object.hasOwn(ORIGINAL, variant) ? ORIGINAL[variant] : undefined;
      const value = row?.[measure.key as keyof typeof row];
      if (value === undefined) return NOTHING;
      return { value: originalNumber(value) };
    });
    return [
      { heading: measure.name, cells: variants.map((one) => cellOf(spreadOver(one, measure.of), measure.digits)) },
      { heading: 'in the original’s table', cells: original, quiet: true },
    ];
  });
  return {
    kind: 'table',
    corner: '',
    columns: variants.map(({ variant }) => variantName(variant)),
    rows,
    caption: [
      spreadNote(variants),
      ' Training: mean over the steps of the last epoch, with dropout (and augmentation where it is on), so that it can be ',
      'worse than validation. Loss: binary cross-entropy + 1 − soft Dice. Dice: soft, of the interior.',
    ],
  };
}

/** All measures of the held-out sections; null where no part has them. */
export function heldOutTable(variants: readonly VariantResults[], application: Application): Table | null {
  const measures = heldOutMeasures(application);
  if (!variants.some((one) => measures.some(({ of }) => spreadOver(one, of) !== null))) return null;
  const several = variants.filter(({ results }) => results.length > 0).length > 1;
  const withSpread = several && variants.some(({ results }) => results.length > 1);
  const columns = variants.map(({ variant }) => variantName(variant));
  const how: Text =
    application === 'plain'
      ? ['Held-out sections, each predicted once. ']
      : [
          'The same weights, with the prediction averaged over the eight symmetries of the square (flips and quarter turns). ',
        ];
  return {
    kind: 'table',
    corner: '',
    columns: withSpread ? [...columns, 'largest difference', 'spread'] : columns,
    rows: measures.map((measure) => measureRow(measure, variants, withSpread)),
    caption: [...how, spreadNote(variants), ...(withSpread ? [` ${BOLD_NOTE}`] : [])],
  };
}

const BOLD_NOTE =
  'Bold: the best, and those not told apart from it, where some network lies below by more than the spread. Largest ' +
  'difference: between the means of the two networks farthest apart, over the folds and seeds that both have run; spread: ' +
  `the largest standard deviation of a network. Differences below it decide nothing, and networks with fewer than ${LEAST_PARTS} ` +
  'runs are left out of the comparison.';

function measureRow(measure: Measure, variants: readonly VariantResults[], withSpread: boolean): Row {
  const ranking = rank(variants, measure);
  const strong = (variant: string): boolean =>
    (ranking?.below.length ?? 0) > 0 && ranking?.top.includes(variant) === true;
  const cells = variants.map((one): Cell => {
    const cell = cellOf(spreadOver(one, measure.of), measure.digits);
    return strong(one.variant) ? { ...cell, strong: true } : cell;
  });
  const number = (value: number | null | undefined): Cell =>
    value === null || value === undefined ? NOTHING : { value: value.toFixed(measure.digits) };
  const differences = withSpread ? [number(ranking?.largest.difference), number(ranking?.spread)] : [];
  const arrow = measure.better === 'higher' ? '↑' : '↓';
  return { heading: `${measure.name} ${arrow}`, cells: [...cells, ...differences] };
}

/** Size, reach and cost of the networks, and how far each was run. */
export function runsTable(variants: readonly VariantResults[]): Table {
  const row = (title: string, of: (one: VariantResults) => string): Row => ({
    heading: title,
    cells: variants.map((one) => (one.results.length === 0 ? NOTHING : { value: of(one) })),
  });
  const range = (one: VariantResults, of: (result: PartResult) => number): string => {
    const values = one.results.map(of);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    return least === most ? least.toLocaleString('en') : `${least.toLocaleString('en')}–${most.toLocaleString('en')}`;
  };
  const time = (one: VariantResults): Cell => {
    const spread = spreadOver(one, ({ stepMs }) => stepMs);
    return spread === null ? NOTHING : cellOf(spread, spread.mean < 100 ? 1 : 0);
  };
  return {
    kind: 'table',
    corner: '',
    columns: variants.map(({ variant }) => variantName(variant)),
    rows: [
      row('parameters', (one) => range(one, ({ parameters }) => parameters)),
      row('reach of an output pixel, px', (one) => range(one, reach)),
      { heading: 'training step, ms', cells: variants.map(time) },
      row('training, minutes a run', (one) => ((spreadOver(one, (r) => r.trainingSeconds)?.mean ?? 0) / 60).toFixed(1)),
      row('steps run', (one) => range(one, ({ steps }) => steps)),
      row('epochs run', (one) => `${range(one, ({ epochs }) => epochs)} of ${range(one, (r) => r.epochsAsked)}`),
      {
        heading: 'runs finished',
        cells: variants.map(({ results, parts }) => ({ value: `${results.length} of ${parts.length}` })),
      },
    ],
    caption: [
      'Reach: the farthest input pixel that an output pixel depends on. Tiles that are to equal the whole image need a margin ',
      'this wide. Step: median of a run; fewer epochs than asked mean that early stopping ended a run.',
    ],
  };
}
