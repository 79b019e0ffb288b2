import type { RangePoint, RangeTestResult } from '@dilated-unet/trainer';
import { lineChart } from '../pictures/line-chart.ts';
import { amount } from '../run/amount.ts';
import { rateText } from './suggestion.ts';

const COLUMNS = [
  'step',
  'rate',
  'loss',
  'smoothedRate',
  'smoothedLoss',
] as const satisfies readonly (keyof RangePoint)[];

/** The points as CSV, a row per step. */
export function curveCsv(points: readonly RangePoint[]): string {
  const rows = points.map((point) => COLUMNS.map((column) => point[column]).join(','));
  return `${[COLUMNS.join(','), ...rows].join('\n')}\n`;
}

/** Losses above so many times the first are outside of the picture, which would be of nothing else. */
const HIGHEST = 1.5;

/** The curve as a self-contained SVG document: losses pale, their average on top, suggested bounds marked. */
export function curveChart({ config, sweep, points, suggestion }: RangeTestResult): string {
  const losses = points.flatMap(({ loss, smoothedLoss }) => [loss, smoothedLoss]);
  const first = points[0]?.smoothedLoss ?? 0;
  const [low, high] = [Math.min(...losses), Math.min(Math.max(...losses), HIGHEST * first)];
  const room = 0.05 * (high - low);
  return lineChart({
    title: `LR range test: ${config.network.name}, batches of ${amount(config.batchSize, 'window')} of ${config.window} pixels`,
    x: { label: 'learning rate', scale: sweep.spacing === 'linear' ? 'linear' : 'log' },
    y: { label: 'loss', ...(high > low && { domain: [low - room, high + room] as const }) },
    series: [
      {
        label: 'moving average',
        points: points.map(({ smoothedRate, smoothedLoss }) => ({ x: smoothedRate, y: smoothedLoss })),
      },
      { label: 'batch', faint: true, colour: 0, points: points.map(({ rate, loss }) => ({ x: rate, y: loss })) },
    ],
    marks:
      suggestion.kind === 'none'
        ? []
        : [
            { x: suggestion.baseRate, label: `--lr ${rateText(suggestion.baseRate)}` },
            { x: suggestion.maxRate, label: `--max_lr ${rateText(suggestion.maxRate)}` },
          ],
  });
}
