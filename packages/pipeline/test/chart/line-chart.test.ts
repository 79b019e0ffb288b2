import { InvalidOptionError } from '@dilated-unet/core';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { logTicks, placeAxis } from '../../src/chart/axis.ts';
import { escapeXml } from '../../src/chart/escape.ts';
import { lineChart, type LineChart } from '../../src/chart/line-chart.ts';
import { PALETTE } from '../../src/chart/palette.ts';
import { spread } from '../../src/chart/rows.ts';

const chart: LineChart = {
  title: 'Loss',
  x: { label: 'epoch' },
  y: { label: 'loss' },
  series: [
    {
      label: 'unet',
      points: [
        { x: 1, y: 0.5 },
        { x: 2, y: 0.3 },
        { x: 3, y: 0.2 },
      ],
    },
  ],
};
const paths = (svg: string, stroke: string): string[] =>
  [...svg.matchAll(/<path d="([^"]*)" fill="none" stroke="([^"]*)"/g)]
    .filter((m) => m[2] === stroke)
    .map((m) => m[1] ?? '');
/** Colours of the picture's pixels, as `r,g,b`, with how often each occurs. */
async function colours(svg: string): Promise<Map<string, number>> {
  const { data, info } = await sharp(Buffer.from(svg)).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const counts = new Map<string, number>();
  for (let i = 0; i < data.length; i += info.channels) {
    const colour = data.subarray(i, i + 3).join(',');
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  return counts;
}

describe('lineChart', () => {
  it('is a picture of its size, with the lines in their colours on white', async () => {
    const svg = await lineChart({ ...chart, width: 500, height: 300 });
    expect(await sharp(Buffer.from(svg)).metadata()).toMatchObject({ format: 'svg', width: 500, height: 300 });
    const seen = await colours(svg);
    expect(seen.get('0,114,178')).toBeGreaterThan(300);
    expect(seen.get('255,255,255')).toBeGreaterThan(100_000);
  });

  it('puts a point where its axes say', async () => {
    const svg = await lineChart({ ...chart, x: { label: '', domain: [1, 3] }, y: { label: '', domain: [0.2, 0.5] } });
    const frame = /viewBox="([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+)">/.exec(svg)?.slice(1).map(Number) ?? [];
    const [left = 0, top = 0, width = 0, height = 0] = frame;
    const ends = /^M([\d.]+),([\d.]+)L([\d.]+),([\d.]+)L([\d.]+),([\d.]+)$/.exec(paths(svg, PALETTE[0])[0] ?? '');
    const expected = [left, top, left + width / 2, top + (2 / 3) * height, left + width, top + height];
    ends?.slice(1).forEach((pixel, i) => expect(Number(pixel)).toBeCloseTo(expected[i] ?? Number.NaN, 1));
    expect(ends).not.toBeNull();
  });

  it('leaves a gap where a point is not finite, or not above 0 on a log axis', async () => {
    const points = [3, Number.NaN, 2, 0, 1, 4].map((y, x) => ({ x, y }));
    const draw = async (scale: 'linear' | 'log'): Promise<number | undefined> => {
      const svg = await lineChart({ ...chart, y: { label: '', scale }, series: [{ label: 'a', points }] });
      return paths(svg, PALETTE[0])[0]?.split('M').length;
    };
    expect(await draw('linear')).toBe(1 + 2);
    expect(await draw('log')).toBe(1 + 3);
  });

  it('names each series in the legend but the faint ones, which share the colour they are given', async () => {
    const svg = await lineChart({
      ...chart,
      series: [
        { label: 'run 1', points: chart.series[0]?.points ?? [], style: 'faint', colour: 2 },
        { label: 'mean', points: chart.series[0]?.points ?? [], colour: 2 },
        { label: 'other', points: chart.series[0]?.points ?? [], style: 'dashed' },
      ],
    });
    expect(svg).not.toContain('run 1');
    expect(svg).toContain('>mean<');
    expect(svg).toContain('>other<');
    expect(paths(svg, PALETTE[2])).toHaveLength(3);
    expect(svg).toMatch(/stroke-opacity="0.35"/);
  });

  it('marks places by name', async () => {
    const svg = await lineChart({ ...chart, marks: [{ x: 2, label: 'chosen' }] });
    expect(svg).toContain('>chosen<');
    expect(svg.match(/stroke-dasharray="5 4"/g)).toHaveLength(1);
  });

  it('escapes names, and refers to nothing outside', async () => {
    const svg = await lineChart({
      ...chart,
      title: '<b> & "c"',
      series: [{ label: '</svg>\u0007', points: [{ x: 0, y: 1 }] }],
    });
    expect(svg).toContain('aria-label="&lt;b&gt; &amp; &quot;c&quot;"');
    expect(svg).toContain('&lt;/svg&gt;\ufffd');
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|href|url\(|<style|<script| id=/);
    await expect(sharp(Buffer.from(svg)).metadata()).resolves.toMatchObject({ width: 700 });
  });

  it('refuses a chart without a point that can be shown', async () => {
    const nothing = {
      ...chart,
      y: { label: '', scale: 'log' as const },
      series: [{ label: 'a', points: [{ x: 1, y: -1 }] }],
    };
    await expect(lineChart(nothing)).rejects.toThrow(InvalidOptionError);
  });
});

describe('axes', () => {
  const labels = (axis: { ticks: readonly { label: string | null }[] }): (string | null)[] =>
    axis.ticks.map((t) => t.label);

  it('numbers powers of ten, and digits between them where there are few', () => {
    expect(logTicks([1e-5, 1e-2]).filter(({ label }) => label !== null)).toEqual([
      { value: 1e-5, label: '1e-5' },
      { value: 1e-4, label: '1e-4' },
      { value: 1e-3, label: '1e-3' },
      { value: 1e-2, label: '1e-2' },
    ]);
    expect(
      logTicks([0.04, 1])
        .map(({ label }) => label)
        .filter(Boolean),
    ).toEqual(['0.05', '0.1', '0.2', '0.5', '1']);
    expect(logTicks([0.94, 0.98]).map(({ label }) => label)).toEqual(['0.94', '0.95', '0.96', '0.97', '0.98']);
  });

  it('is logarithmic: equal ratios, equal distances', () => {
    const { at } = placeAxis({ label: '', scale: 'log', domain: [1, 100] }, [1, 100], [0, 200], 0);
    expect([1, 10, 100].map(at).map(Math.round)).toEqual([0, 100, 200]);
  });

  it('numbers only whole values where all are whole', () => {
    expect(labels(placeAxis({ label: '' }, [1, 2, 3], [0, 600], 0))).toEqual(['1', '2', '3']);
    expect(labels(placeAxis({ label: '' }, [1, 1.5], [0, 120], 0))).toEqual(['1.0', '1.2', '1.4']);
  });

  it.each([
    ['linear', 5, [4.5, 5.5]],
    ['log', 5, [2.5, 10]],
  ] as const)('gives a single value room on a %s axis', (scale, value, domain) => {
    expect(placeAxis({ label: '', scale }, [value], [0, 100], 0.05).domain).toEqual(domain);
  });
});

describe('spread', () => {
  it('moves names inwards at the ends and into rows where they would meet', () => {
    const names = [
      { at: 0, width: 40 },
      { at: 45, width: 40 },
      { at: 100, width: 40 },
    ];
    expect(spread(names, 0, 100).map(({ row, from }) => [row, from])).toEqual([
      [0, 0],
      [1, 25],
      [0, 60],
    ]);
  });
});

describe('escapeXml', () => {
  it('escapes what means something, and shows what XML forbids', () => {
    expect(escapeXml(`<a href='x'>&"\u0000\n`)).toBe('&lt;a href=&#39;x&#39;&gt;&amp;&quot;\ufffd\n');
  });
});
