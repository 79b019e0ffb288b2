import { escapeXml } from './escape.ts';
import { colourAt } from './palette.ts';
import type { Series } from './series.ts';

export interface LegendLayout {
  /** Pixels. */
  readonly width: number;
  /** Height of a row, pixels. */
  readonly line: number;
  readonly measure: (text: string) => number;
}

const SAMPLE = 26;
const GAP = 20;

/** The names of all series but the faint ones, each after a piece of its line, in as many rows as the width needs. */
export function layOutLegend(
  series: readonly Series[],
  { width, line, measure }: LegendLayout,
): { readonly svg: string; readonly rows: number } {
  let [x, row] = [0, 0];
  const entries = [...series.entries()].filter(([, { style }]) => style !== 'faint');
  const svg = entries.map(([i, { label, style, colour }]) => {
    const long = SAMPLE + 7 + measure(label);
    if (x > 0 && x + long > width) [x, row] = [0, row + 1];
    const [left, middle] = [x, row * line + line / 2];
    x += long + GAP;
    const dash = style === 'dashed' ? ' stroke-dasharray="7 4"' : '';
    return (
      `<path d="M${left.toFixed(1)} ${middle}h${SAMPLE}" stroke="${colourAt(colour ?? i)}" stroke-width="3"${dash}/>` +
      `<text x="${(left + SAMPLE + 7).toFixed(1)}" y="${middle + 4.5}">${escapeXml(label)}</text>`
    );
  });
  return { svg: svg.join(''), rows: entries.length === 0 ? 0 : row + 1 };
}
