import { InvalidOptionError } from '@dilated-unet/core';
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

export interface Axis {
  /** With its unit. */
  readonly label: string;
  /** @default 'linear' */
  readonly scale?: 'linear' | 'log';
  /** Smallest and largest value shown. @default those of the points */
  readonly domain?: readonly [number, number];
}

export interface Series {
  readonly label: string;
  /** In the order in which they are joined. A point that is not finite, or not above 0 on a log axis, leaves a gap. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** Place of its colour in `PALETTE`. @default its place among the series */
  readonly colour?: number;
  /** A thin, pale line that the legend leaves out. @default false */
  readonly faint?: boolean;
}

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

/**
 * Seven colours for lines on white that differ in every common form of colour blindness: Okabe & Ito, "Color universal
 * design" (2008), without the yellow, which is too pale on white.
 */
export const PALETTE = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000'] as const;
const INK = '#1f2328';
const TEXT = 13;
const LINE = 20;
/** Pixels from a number to the frame, and to the side. */
const TICK = 12;
/** Pixels of a character of a number, at most, in the fonts that are sans-serif somewhere. */
const DIGIT = 0.65 * TEXT;
/** Pixels; the left one for numbers of up to five characters. */
const MARGIN = { left: 58, right: 20, bottom: 44 };
/** With more points the line alone is clearer. */
const MOST_DOTS = 40;
const SVG = 'http://www.w3.org/2000/svg';
/** XML allows no control characters but tab and line breaks, not even escaped. */
// eslint-disable-next-line no-control-regex
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/**
 * A line chart on white, its text in the reader's sans-serif.
 *
 * @returns a self-contained SVG document: no script, no reference, no identifier that could clash when it is inlined.
 * @throws InvalidOptionError when no series has a point that the axes can show.
 */
export function lineChart({ title, x, y, series, marks = [], width = 700, height = 400 }: LineChart): string {
  const drawable = ({ scale }: Axis, value: number): boolean =>
    Number.isFinite(value) && (scale !== 'log' || value > 0);
  const lines = series.map((one, place) => ({
    ...one,
    colour: PALETTE[(one.colour ?? place) % PALETTE.length] as string,
    points: one.points.map((p) => (drawable(x, p.x) && drawable(y, p.y) ? p : { x: p.x, y: Number.NaN })),
  }));
  const shown = lines.flatMap(({ points }) => points.filter((point) => !Number.isNaN(point.y)));
  if (shown.length === 0) {
    throw new InvalidOptionError(`chart "${title}"`, 'must have a point that its axes can show', series);
  }
  const named = lines.filter(({ faint }) => faint !== true);
  const names = marks.filter((mark) => drawable(x, mark.x));
  const top = 3 * LINE + 24 + names.length * LINE;
  const axisOf = (axis: Axis, side: 'x' | 'y', room: number, others: readonly { readonly x: number }[] = []) => {
    const { scale = 'linear' } = axis;
    const values = shown.map((point) => point[side]);
    const domain = axis.domain ?? extent(axis, [...values, ...others.map((mark) => mark.x)], room);
    return { type: scale, domain, grid: true, label: null, ...numbering(scale, domain, values) } as const;
  };
  const [xAxis, yAxis] = [axisOf(x, 'x', 0.01, names), axisOf(y, 'y', 0.05)];
  const [left, right] = xAxis.domain;
  const middle = x.scale === 'log' ? Math.sqrt(left * right) : (left + right) / 2;

  const { document } = parseHTML('<html></html>');
  const options: Plot.PlotOptions = {
    document,
    width,
    height,
    marginRight: MARGIN.right,
    marginBottom: MARGIN.bottom,
    marginTop: top,
    style: { fontSize: `${TEXT}px`, fontFamily: 'sans-serif', color: INK },
    x: xAxis,
    y: yAxis,
    marks: [
      Plot.frame({ stroke: '#8c959f' }),
      ...[...lines].sort((a, b) => Number(b.faint === true) - Number(a.faint === true)).flatMap(marksOf),
      ...names.map((mark) => Plot.ruleX([mark.x], { stroke: INK, strokeDasharray: '5 4' })),
      ...names.map((mark, row) =>
        Plot.text([mark], {
          x: 'x',
          text: 'label',
          frameAnchor: 'top',
          textAnchor: mark.x < middle ? 'start' : 'end',
          dy: -12 - row * LINE,
        }),
      ),
    ],
  };
  const draw = (marginLeft: number) => Plot.plot({ ...options, marginLeft }) as unknown as SVGElement;
  const numbers = draw(MARGIN.left).querySelectorAll('g[aria-label="y-axis tick label"] text');
  const longest = Math.max(...[...numbers].map(({ textContent }) => textContent.length));
  const marginLeft = Math.max(MARGIN.left, Math.ceil(longest * DIGIT + TICK));
  const chart = draw(marginLeft);

  const element = (name: string, attributes: Record<string, string | number>, text = ''): SVGElement => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
    made.textContent = text.replaceAll(FORBIDDEN, '\ufffd');
    return made;
  };
  chart.querySelector('style')?.remove();
  chart.setAttribute('xmlns', SVG);
  chart.setAttribute('role', 'img');
  // A nested picture cuts off what a domain leaves outside, without a clip path and its identifier.
  const [w, h] = [width - marginLeft - MARGIN.right, height - top - MARGIN.bottom];
  const window = element('svg', {
    x: marginLeft,
    y: top,
    width: w,
    height: h,
    viewBox: `${marginLeft} ${top} ${w} ${h}`,
  });
  const drawn = chart.querySelectorAll('g[aria-label=line], g[aria-label=dot]');
  drawn[0]?.before(window);
  chart.prepend(element('title', {}, title), element('rect', { width, height, rx: 6, fill: '#ffffff' }));
  drawn.forEach((one) => window.append(one));
  const legend = element('text', { x: 16, y: 32 + LINE, 'text-anchor': 'start' });
  for (const { label, colour } of named) {
    legend.append(element('tspan', { fill: colour, 'font-weight': 900 }, '━━ '), element('tspan', {}, `${label}   `));
  }
  legend.setAttribute('xml:space', 'preserve');
  const start = { 'text-anchor': 'start' };
  chart.append(
    element('text', { x: 16, y: 30, 'font-size': 17, 'font-weight': 600, ...start }, title),
    legend,
    element('text', { x: 16, y: 34 + 2 * LINE, ...start }, y.label),
    element('text', { x: marginLeft + w / 2, y: height - 10 }, x.label),
  );
  return chart.outerHTML;
}

function marksOf({
  points,
  colour,
  faint = false,
}: {
  points: Series['points'];
  colour: string;
  faint?: boolean;
}): Plot.RenderableMark[] {
  const look = { x: 'x', y: 'y' } as const;
  const line = faint ? { strokeWidth: 1, strokeOpacity: 0.35 } : { strokeWidth: 2 };
  const dots = faint || points.length > MOST_DOTS ? [] : [Plot.dot(points, { ...look, fill: colour, r: 2.5 })];
  return [Plot.line(points, { ...look, ...line, stroke: colour }), ...dots];
}

/** Smallest and largest with `room`, a share of the axis, around them. */
function extent({ scale }: Axis, values: readonly number[], room: number): readonly [number, number] {
  const [low, high] = rangeOf(values);
  if (scale !== 'log') {
    const margin = low === high ? 0.5 : room * (high - low);
    return [low - margin, high + margin];
  }
  const factor = low === high ? 2 : (high / low) ** room;
  return [low / factor, high * factor];
}

/** Smallest and largest; of none, Infinity and -Infinity. Charts have more values than a call takes arguments. */
export function rangeOf(values: readonly number[]): readonly [number, number] {
  return values.reduce<readonly [number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
}

/** Whole numbers where all are whole; on a log axis powers of ten, over less than two decades also digits between them. */
function numbering(
  scale: 'linear' | 'log',
  [low, high]: readonly [number, number],
  values: readonly number[],
): { readonly tickFormat?: (value: number) => string; readonly tickSpacing?: number } {
  if (scale === 'linear') {
    if (!values.every(Number.isInteger)) return {};
    return { tickFormat: (value) => (Number.isInteger(value) ? String(value) : '') };
  }
  const decades = Math.log10(high / low);
  const digits = decades >= 2 ? '1' : decades >= 0.5 ? '125' : '123456789';
  const format = (value: number): string => {
    if (!digits.includes(value.toExponential()[0] as string)) return '';
    return value >= 1e-3 && value < 1e5
      ? String(Number(value.toPrecision(3)))
      : value.toExponential(0).replace('e+', 'e');
  };
  // So close that no tick of the digits is left out.
  return { tickFormat: format, ...(decades >= 0.5 && { tickSpacing: 20 }) };
}
