import type { Normalisation } from '@dilated-unet/core';
import type { Histogram } from './histogram.ts';
import type { PreviewSection } from './sections.ts';

/** Units of the drawings, which scale with the page. */
const [WIDTH, LEFT, BOTTOM] = [400, 50, 22];
const INNER = WIDTH - LEFT - 6;

/** How often grey values occur, and what normalises them where it is the same for all sections. */
export function histogramChart({ counts, from, to, highest }: Histogram, all: Normalisation | null): string {
  const [height, most] = [150, Math.max(...counts)];
  const x = (value: number): number => LEFT + (INNER * (value - from)) / (to - from);
  const bars = counts.map((count, i) => {
    const tall = ((height - BOTTOM - 18) * count) / most;
    const wide = INNER / counts.length;
    return `M${fixed(LEFT + i * wide)} ${height - BOTTOM}v${fixed(-tall)}h${fixed(wide)}v${fixed(tall)}z`;
  });
  const ends = [
    text(LEFT, height - 6, rounded(from), 'start'),
    text(LEFT + INNER, height - 6, rounded(highest), 'end'),
  ];
  const inside = (value: number): number => Math.min(WIDTH - 6, Math.max(LEFT, x(value)));
  const marks = [];
  if (all !== null) {
    const { mean, std } = all;
    const [low, high] = [inside(mean - std), inside(mean + std)];
    marks.push(
      `<rect class="range" x="${fixed(low)}" y="16" width="${fixed(high - low)}" height="${height - BOTTOM - 16}"/>`,
      upright(inside(mean), 16, height - BOTTOM),
      text(inside(mean), 11, `mean ${rounded(mean)} ± ${rounded(std)}`, 'middle'),
    );
  }
  const normalised = all === null ? '' : `; mean ${rounded(all.mean)}, standard deviation ${rounded(all.std)}`;
  const label = `Histogram of grey values from ${rounded(from)} to ${rounded(highest)}${normalised}`;
  return svg(
    height,
    label,
    `${marks.slice(0, 1).join('')}<path class="bar" d="${bars.join('')}"/>${marks.slice(1).join('')}${ends.join('')}`,
  );
}

/** Share of membrane in each section. */
export function membraneChart(sections: readonly PreviewSection[], unlike: ReadonlySet<PreviewSection>): string {
  const height = 150;
  const most = Math.max(...sections.map(({ membrane }) => membrane));
  const y = (share: number): number => height - BOTTOM - ((height - BOTTOM - 12) * share) / most;
  const place = places(sections);
  const bars = sections.map((section) => {
    const { number, isHeldOut, membrane } = section;
    const kind = `${isHeldOut ? 'held-out' : 'bar'}${unlike.has(section) ? ' unlike' : ''}`;
    const tip = `Section ${number}${isHeldOut ? ', held out' : ''}: ${percent(membrane)} membrane`;
    return `<rect class="${kind}" x="${fixed(place.left(section))}" y="${fixed(y(membrane))}" width="${fixed(place.wide)}" height="${fixed(height - BOTTOM - y(membrane))}"><title>${tip}</title></rect>`;
  });
  const scale = [0, most].map((share) => text(LEFT - 4, y(share) + 4, percent(share), 'end'));
  const label = `Share of membrane in ${sections.length} sections, at most ${percent(most)}`;
  return svg(height, label, [...bars, ...scale, ...place.numbers(height)].join(''));
}

/** Mean and deviation of each section, beside those that normalise all of them, if any do. */
export function greyChart(sections: readonly PreviewSection[], all: Normalisation | null): string {
  const height = 150;
  const ranges = [...sections.map(({ own }) => own), ...(all === null ? [] : [all])];
  const low = Math.min(...ranges.map(({ mean, std }) => mean - std));
  const high = Math.max(...ranges.map(({ mean, std }) => mean + std));
  const y = (value: number): number => 8 + ((height - BOTTOM - 8) * (high - value)) / (high - low || 1);
  const place = places(sections);
  const marks = sections.map((section) => {
    const { number, isHeldOut, own } = section;
    const [top, middle, end] = [own.mean + own.std, own.mean, own.mean - own.std].map(y) as [number, number, number];
    const x = place.left(section);
    const tip = `Section ${number}${isHeldOut ? ', held out' : ''}: mean ${rounded(own.mean)}, deviation ${rounded(own.std)}`;
    return (
      `<g class="${isHeldOut ? 'held-out' : 'bar'}"><title>${tip}</title>` +
      `<rect class="deviation" x="${fixed(x)}" y="${fixed(top)}" width="${fixed(place.wide)}" height="${fixed(end - top)}"/>` +
      `<rect x="${fixed(x)}" y="${fixed(middle - 1)}" width="${fixed(place.wide)}" height="2"/></g>`
    );
  });
  const behind =
    all === null
      ? ''
      : `<rect class="range" x="${LEFT}" y="${fixed(y(all.mean + all.std))}" width="${INNER}" height="${fixed(y(all.mean - all.std) - y(all.mean + all.std))}"/>` +
        `<path class="line" d="M${LEFT} ${fixed(y(all.mean))}h${INNER}"/>`;
  const scale = [low, high].map((value) => text(LEFT - 4, y(value) + 4, rounded(value), 'end'));
  const label = `Mean and standard deviation of the grey values of ${sections.length} sections`;
  return svg(height, label, [behind, ...marks, ...scale, ...place.numbers(height)].join(''));
}

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** A grey value as short as it says enough. */
export const rounded = (value: number): string =>
  String(Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3)));

function places(sections: readonly PreviewSection[]) {
  const each = INNER / sections.length;
  const wide = Math.min(24, 0.8 * each);
  const left = (section: PreviewSection): number => LEFT + (sections.indexOf(section) + 0.5) * each - wide / 2;
  const named = [...new Set([0, (sections.length - 1) >> 1, sections.length - 1])].map(
    (i) => sections[i] as PreviewSection,
  );
  const numbers = (height: number): readonly string[] =>
    named.map((section) => text(left(section) + wide / 2, height - 6, String(section.number), 'middle'));
  return { wide, left, numbers };
}

const fixed = (value: number): string => String(Number(value.toFixed(2)));
const upright = (x: number, from: number, to: number): string => `<path class="line" d="M${fixed(x)} ${from}V${to}"/>`;
const text = (x: number, y: number, shown: string, anchor: 'start' | 'middle' | 'end'): string =>
  `<text x="${fixed(x)}" y="${fixed(y)}" text-anchor="${anchor}">${shown}</text>`;
const svg = (height: number, label: string, content: string): string =>
  `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${label}">${content}</svg>`;
