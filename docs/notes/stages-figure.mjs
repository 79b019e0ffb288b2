// The figure of stages.mjs: a bar for each way in each panel, as a self-contained SVG on white.

const [WIDTH, ROW, BAR, TOP, LABELS, GAP, ROOM] = [1100, 28, 16, 84, 306, 16, 44];
/** Load of the machine, the run's own two threads included, above which a time says nothing. */
const QUIET = 3;
const INK = '#1f2328';
/** Okabe & Ito's, as in the other figures: what is exact, what is exact in stages, what is blended. */
const colourOf = (way) => (way.startsWith('stages') ? '#0072b2' : way.startsWith('blended') ? '#d55e00' : '#8c959f');

const short = (value) => (value < 1e-9 ? '0' : value.toPrecision(2));
const PANELS = [
  { title: 'arithmetic', value: ({ work }) => work, text: (value) => value.toFixed(2) },
  { title: 'time, seconds', value: ({ seconds }) => seconds, text: (value) => value.toFixed(value < 10 ? 1 : 0) },
  { title: 'peak memory, GB', value: ({ peakMB }) => peakMB / 1000, text: (value) => value.toFixed(1) },
  { title: 'largest difference', value: ({ maxDifference }) => maxDifference, text: short },
  { title: 'class changed, %', value: ({ classChanged }) => 100 * classChanged, text: short },
];

/** Of several runs the shortest time, since whatever else runs can only add to it, and the most memory. */
function together(lines) {
  const ways = [...new Set(lines.map(({ way }) => way))].map((way) => lines.filter((line) => line.way === way));
  return ways.map((runs) => {
    const quiet = runs.flatMap(({ allSeconds, loads }) => allSeconds.filter((_, i) => loads[i] <= QUIET));
    return { ...runs[0], seconds: Math.min(...quiet), peakMB: Math.max(...runs.map(({ peakMB }) => peakMB)) };
  });
}

/** @param printed what `stages.mjs measure` prints, once or several times. */
export function stagesFigure(printed) {
  const lines = together(printed);
  const panelWidth = (WIDTH - LABELS - GAP * PANELS.length) / PANELS.length;
  const height = TOP + lines.length * ROW + 14;
  const text = (x, y, content, more = '') => `<text x="${x}" y="${y}" ${more}>${content}</text>`;
  const rowY = (i) => TOP + i * ROW + ROW / 2;
  const names = lines.map(({ way, tile }, i) =>
    text(LABELS, rowY(i) + 4.5, way.replace('tiles', `tiles of ${tile}`), 'text-anchor="end"'),
  );
  const panels = PANELS.map(({ title, value, text: textOf }, p) => {
    const left = LABELS + GAP / 2 + p * (panelWidth + GAP);
    const most = Math.max(...lines.map(value).filter(Number.isFinite));
    const bars = lines.map((line, i) => {
      if (!Number.isFinite(value(line))) return text(left + 5, rowY(i) + 4.5, 'no quiet run');
      const length = most === 0 ? 0 : (value(line) / most) * (panelWidth - ROOM);
      const bar = `<rect x="${left}" y="${rowY(i) - BAR / 2}" width="${length.toFixed(1)}" height="${BAR}" fill="${colourOf(line.way)}"/>`;
      return bar + text((left + length + 5).toFixed(1), rowY(i) + 4.5, textOf(value(line)));
    });
    const axis = `<line x1="${left}" x2="${left}" y1="${TOP}" y2="${height - 14}" stroke="${INK}"/>`;
    return text(left, TOP - 12, title, 'font-weight="600"') + bars.join('') + axis;
  });
  const { network, side, machine } = lines[0];
  const title = `${network} on ${side} x ${side} pixels, ${machine.cores} cores`;
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="sans-serif" font-size="13" fill="${INK}">`,
    `<title>${title}: time, memory and difference of ways to segment a large image</title>`,
    `<rect width="${WIDTH}" height="${height}" rx="6" fill="#ffffff"/>`,
    text(16, 30, title, 'font-size="17" font-weight="600"'),
    ...names,
    ...panels,
    '</svg>',
  ];
  return `${svg.join('\n')}\n`;
}
