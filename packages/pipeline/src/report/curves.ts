import { mean } from '@dilated-unet/host';
import { lineChart, rangeOf, type Series } from '../pictures/line-chart.ts';
import type { EpochRecord } from '../experiment/results.ts';
import { figure, type Picture } from './markdown.ts';
import { variantName } from './measures.ts';
import type { VariantResults } from './statistics.ts';

interface Point {
  readonly x: number;
  readonly y: number;
}

type Curve = readonly Point[];

const WIDTH = 560;
const HEIGHT = 360;
/** Share of the epochs whose values may leave the frame, so that the first ones do not flatten all others. */
const WARM_UP = 0.1;

const CURVES: readonly {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly scale: 'linear' | 'log';
  readonly of: (epoch: EpochRecord) => number | null;
}[] = [
  { name: 'training-loss', title: 'Training loss', unit: 'loss', scale: 'log', of: ({ loss }) => loss },
  {
    name: 'validation-loss',
    title: 'Validation loss',
    unit: 'loss',
    scale: 'log',
    of: (e) => e.validation?.loss ?? null,
  },
  {
    name: 'training-dice',
    title: 'Training Dice',
    unit: 'soft Dice, interior',
    scale: 'linear',
    of: ({ softDice }) => softDice,
  },
  {
    name: 'validation-dice',
    title: 'Validation Dice',
    unit: 'soft Dice, interior',
    scale: 'linear',
    of: (e) => e.validation?.softDice ?? null,
  },
  {
    name: 'learning-rate',
    title: 'Learning rate',
    unit: 'rate of the epoch’s last step',
    scale: 'linear',
    of: ({ rate }) => rate,
  },
];

/** Loss, Dice and learning rate over the epochs: a line per network, and behind it a thin one per run. */
export function curvesSection(variants: readonly VariantResults[]): {
  readonly markdown: string;
  readonly pictures: readonly Picture[];
} {
  const run = variants.filter(({ results }) => results.length > 0);
  const names = run.map(({ variant }) => variantName(variant)).join(', ');
  const pictures = CURVES.flatMap(({ name, title, unit, scale, of }): Picture[] => {
    const series = withoutRepeats(run.flatMap((one, i) => seriesOf(one, i, of)));
    const points = series.flatMap((one) => one.points);
    if (points.length === 0) return [];
    const domain = scale === 'linear' && name !== 'learning-rate' ? settledDomain(points) : {};
    const y = { label: unit, scale, ...domain };
    const content = lineChart({ title, x: { label: 'epoch' }, y, series, width: WIDTH, height: HEIGHT });
    const alt = `Line chart: ${title.toLowerCase()} over epochs for ${names}.`;
    return [{ name: `${name}.svg`, content, type: 'image/svg+xml', width: WIDTH, height: HEIGHT, alt }];
  });
  return { markdown: figure(pictures, captionOf(run)), pictures };
}

function captionOf(run: readonly VariantResults[]): string {
  const several = run.some(({ results }) => results.length > 1);
  const all = run.flatMap(({ results }) => results);
  const sparse = all.some(({ history }) => history.some((e) => e.validation === null));
  const isValidated = all.some(({ history }) => history.some((e) => e.validation !== null));
  const calibrated = isValidated && all.some(({ config }) => config.calibrationWindows > 0);
  return [
    'Training loss and Dice: of the steps, with dropout. Dice axes leave out what only the first tenth of the epochs reaches.',
    ...(several ? ['Strong lines: mean over the runs of a network; thin lines: single runs.'] : []),
    ...(calibrated
      ? [
          'Validation curves are of the weights as they were trained, the tables of those whose batch norms were calibrated ' +
            'at the end: the two differ.',
        ]
      : []),
    ...(sparse ? ['Validation was not measured after every epoch; its points are joined.'] : []),
  ].join(' ');
}

function seriesOf(
  { variant, results }: VariantResults,
  place: number,
  of: (e: EpochRecord) => number | null,
): Series[] {
  const curves = results.map(({ history }) =>
    history.flatMap((record) => {
      const y = of(record);
      return y === null ? [] : [{ x: record.epoch, y }];
    }),
  );
  const label = variantName(variant);
  const mean: Series = { label, points: meanCurve(curves), colour: place };
  if (curves.length < 2) return [mean];
  return [mean, ...curves.map((points): Series => ({ label, points, colour: place, faint: true }))];
}

/** One line for all networks where they have the same, as they do of the learning rate. */
function withoutRepeats(series: readonly Series[]): readonly Series[] {
  const [first, ...others] = series;
  const key = ({ points }: Series): string => points.map(({ x, y }) => `${x} ${y.toPrecision(6)}`).join();
  if (first === undefined || others.length === 0 || others.some((one) => key(one) !== key(first))) return series;
  return [{ label: 'all networks', points: first.points, colour: 6 }];
}

/** The mean of the curves at each x that all of them have. */
export function meanCurve(curves: readonly Curve[]): Point[] {
  const [first = [], ...others] = curves;
  const rest = others.map((curve) => new Map(curve.map(({ x, y }) => [x, y])));
  return first.flatMap(({ x, y }) => {
    const values = rest.map((curve) => curve.get(x)).filter((value) => value !== undefined);
    if (values.length < rest.length) return [];
    return [{ x, y: mean([y, ...values]) }];
  });
}

/** The range of what follows the first tenth of the x, with some room; none where there are too few to leave any out. */
export function settledDomain(points: Curve): { domain?: readonly [number, number] } {
  const [, last] = rangeOf(points.map(({ x }) => x));
  const settled = points.filter(({ x, y }) => x > WARM_UP * last && Number.isFinite(y)).map(({ y }) => y);
  const [low, high] = rangeOf(settled);
  if (!(high > low)) return {};
  return { domain: [low - 0.05 * (high - low), high + 0.05 * (high - low)] };
}
