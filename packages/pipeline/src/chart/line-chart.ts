import { InvalidOptionError } from '@dilated-unet/core';
import { line } from 'd3-shape';
import { loadLettering } from '../pictures/text.ts';
import { isDrawable, placeAxis, type Axis, type PlacedAxis } from './axis.ts';
import { escapeXml } from './escape.ts';
import { layOutLegend } from './legend.ts';
import { colourAt } from './palette.ts';
import { spread } from './rows.ts';
import type { Series } from './series.ts';

export type { Axis } from './axis.ts';
export type { Series } from './series.ts';

export interface LineChart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  /** Upright lines with a name. */
  readonly marks?: readonly { readonly x: number; readonly label: string }[];
  /** Pixels. @default 700 */
  readonly width?: number;
  /** Pixels. @default 400 */
  readonly height?: number;
}

const MARGIN = 16;
const TITLE = 17;
const TEXT = 13;
const LINE = 20;
const COLOURS = { paper: '#ffffff', ink: '#1f2328', quiet: '#57606a', grid: '#e3e6ea', frame: '#8c959f' };
/** Keeps a text legible where a line passes behind it. */
const HALO = ` stroke="${COLOURS.paper}" stroke-width="5" paint-order="stroke"`;
/** With more points the line alone is clearer. */
const MOST_DOTS = 40;

type Place = (anchor: 'start' | 'middle' | 'end', x: number, y: number, text: string, more?: string) => string;
const write: Place = (anchor, x, y, text, more = '') =>
  `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"${more}>${escapeXml(text)}</text>`;

/**
 * A line chart on white, its text in the reader's sans-serif.
 *
 * @returns a self-contained SVG document: no script, no reference, no identifier that could clash when it is inlined.
 * @throws InvalidOptionError when no series has a point that the axes can show.
 */
export async function lineChart(chart: LineChart): Promise<string> {
  const { width = 700, height = 400, marks = [] } = chart;
  const drawable = chart.series.map((one) => one.points.filter(({ x, y }) => shows(chart, x, y)));
  const shown = drawable.flat();
  if (shown.length === 0) {
    throw new InvalidOptionError(`chart "${chart.title}"`, 'must have a point that its axes can show', chart.series);
  }
  const lettering = await loadLettering();
  const measure = (text: string): number => lettering.width(text, TEXT);

  const legend = layOutLegend(chart.series, { width: width - 2 * MARGIN, line: LINE, measure });
  const yTicks = placeAxis(
    chart.y,
    shown.map(({ y }) => y),
    [height, 0],
    0.05,
  ).ticks;
  const left = MARGIN + Math.max(...yTicks.map(({ label }) => measure(label ?? ''))) + 10;
  const right = width - MARGIN - 8;
  const bottom = height - MARGIN - 2 * LINE;
  const xValues = [...shown.map(({ x }) => x), ...marks.map(({ x }) => x).filter((x) => isDrawable(chart.x, x))];
  const xAxis = placeAxis(chart.x, xValues, [left, right], 0.01);
  const names = spread(
    marks.map((mark) => ({ ...mark, at: xAxis.at(mark.x), width: measure(mark.label) })),
    left,
    right,
  );
  const nameRows = Math.max(0, ...names.map(({ row }) => row + 1));

  const legendTop = MARGIN + TITLE + 8;
  const yLabelAt = legendTop + legend.rows * LINE + TEXT + 4;
  const top = yLabelAt + 9 + nameRows * LINE;
  const yAxis = placeAxis(
    chart.y,
    shown.map(({ y }) => y),
    [bottom, top],
    0.05,
  );

  const nameAt = (row: number): number => top - 6 - (nameRows - 1 - row) * LINE;
  const body = [
    `<rect width="${width}" height="${height}" rx="6" fill="${COLOURS.paper}"/>`,
    write('start', MARGIN, MARGIN + TITLE - 2, chart.title, ` font-size="${TITLE}" font-weight="600"`),
    `<g transform="translate(${MARGIN} ${legendTop})">${legend.svg}</g>`,
    write('start', MARGIN, yLabelAt, chart.y.label, ` fill="${COLOURS.quiet}"`),
    write('middle', (left + right) / 2, height - MARGIN, chart.x.label, ` fill="${COLOURS.quiet}"`),
    grid(xAxis, yAxis, { left, right, top, bottom }),
    ...names.map(({ at, row }) => {
      const y = nameAt(row) + 4;
      return `<path d="M${round(at)} ${round(y)}V${round(bottom)}" stroke="${COLOURS.ink}" stroke-dasharray="5 4"/>`;
    }),
    ...names.map(({ label, row, from }) => write('start', from, nameAt(row), label, HALO)),
    // A nested picture cuts off what a domain leaves outside, without a clip path and its identifier.
    `<svg x="${round(left)}" y="${round(top)}" width="${round(right - left)}" height="${round(bottom - top)}" ` +
      `viewBox="${round(left)} ${round(top)} ${round(right - left)} ${round(bottom - top)}">`,
    ...[...chart.series.entries()]
      .sort(([, a], [, b]) => Number(b.style === 'faint') - Number(a.style === 'faint'))
      .map(([i, one]) => drawSeries(one, i, chart, xAxis, yAxis)),
    '</svg>',
  ];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `role="img" aria-label="${escapeXml(chart.title)}" font-family="sans-serif" font-size="${TEXT}" ` +
    `fill="${COLOURS.ink}">${body.join('')}</svg>`
  );
}

function shows({ x, y }: LineChart, xValue: number, yValue: number): boolean {
  return isDrawable(x, xValue) && isDrawable(y, yValue);
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function grid(x: PlacedAxis, y: PlacedAxis, { left, right, top, bottom }: Box): string {
  const rules = [
    ...x.ticks.map(({ value }) => `M${round(x.at(value))} ${round(top)}V${round(bottom)}`),
    ...y.ticks.map(({ value }) => `M${round(left)} ${round(y.at(value))}H${round(right)}`),
  ];
  const numbers = [
    ...x.ticks.map(({ value, label }) => label && write('middle', x.at(value), bottom + LINE - 3, label)),
    ...y.ticks.map(({ value, label }) => label && write('end', left - 7, y.at(value) + TEXT / 3, label)),
  ];
  return (
    `<path d="${rules.join('')}" stroke="${COLOURS.grid}"/>` +
    `<path d="M${round(left)} ${round(top)}V${round(bottom)}H${round(right)}" fill="none" stroke="${COLOURS.frame}"/>` +
    `<g fill="${COLOURS.quiet}">${numbers.join('')}</g>`
  );
}

function drawSeries(one: Series, place: number, chart: LineChart, x: PlacedAxis, y: PlacedAxis): string {
  const faint = one.style === 'faint';
  const colour = colourAt(one.colour ?? place);
  const path = line<{ x: number; y: number }>()
    .digits(2)
    .defined((point) => shows(chart, point.x, point.y))
    .x((point) => x.at(point.x))
    .y((point) => y.at(point.y))([...one.points]);
  const look = faint ? 'stroke-width="1" stroke-opacity="0.35"' : 'stroke-width="2"';
  const dash = one.style === 'dashed' ? ' stroke-dasharray="7 4"' : '';
  const dots =
    faint || one.points.length > MOST_DOTS
      ? []
      : one.points
          .filter((point) => shows(chart, point.x, point.y))
          .map((point) => `<circle cx="${round(x.at(point.x))}" cy="${round(y.at(point.y))}" r="2.5"/>`);
  return (
    `<path d="${path ?? ''}" fill="none" stroke="${colour}" ${look}${dash} stroke-linejoin="round" ` +
    `stroke-linecap="round"/>${dots.length === 0 ? '' : `<g fill="${colour}">${dots.join('')}</g>`}`
  );
}

function round(pixels: number): string {
  return String(Math.round(pixels * 100) / 100);
}
