import { InvalidOptionError } from '@dilated-unet/core';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { lineChart, PALETTE, type LineChart } from '../../src/pictures/line-chart.ts';

const points = [0.5, 0.3, 0.2].map((y, i) => ({ x: i + 1, y }));
const chart: LineChart = {
  title: 'Loss',
  x: { label: 'epoch' },
  y: { label: 'loss' },
  series: [{ label: 'unet', points }],
};
const paths = (svg: string, stroke: string): string[] =>
  [...svg.matchAll(/<g [^>]*aria-label="line"[^>]*>/g)]
    .filter(([group]) => group.includes(stroke))
    .map(({ index, 0: group }) => /d="([^"]*)"/.exec(svg.slice(index + group.length))?.[1] ?? '');
const labels = (svg: string, axis: 'x' | 'y'): string[] => {
  const group = new RegExp(`aria-label="${axis}-axis tick label"[^>]*>(.*?)</g>`).exec(svg)?.[1] ?? '';
  return [...group.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text ?? '').filter(Boolean);
};

/** How often each colour occurs in the picture, as `r,g,b`. */
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
    const svg = lineChart({ ...chart, width: 500, height: 300 });
    expect(await sharp(Buffer.from(svg)).metadata()).toMatchObject({ format: 'svg', width: 500, height: 300 });
    const seen = await colours(svg);
    expect(seen.get('0,114,178')).toBeGreaterThan(300);
    expect(seen.get('255,255,255')).toBeGreaterThan(100_000);
  });

  it('is the same in every call', () => {
    expect(lineChart(chart)).toBe(lineChart(chart));
  });

  it('puts a point where its axes say', () => {
    const svg = lineChart({ ...chart, x: { label: '', domain: [1, 3] }, y: { label: '', domain: [0.2, 0.5] } });
    const frame = /viewBox="(\d+) (\d+) (\d+) (\d+)"/g;
    const [, [, left = 0, top = 0, width = 0, height = 0] = []] = [...svg.matchAll(frame)].map((m) => m.map(Number));
    const ends = /^M([\d.]+),([\d.]+)L([\d.]+),([\d.]+)L([\d.]+),([\d.]+)$/.exec(paths(svg, PALETTE[0])[0] ?? '');
    const expected = [left, top, left + width / 2, top + (2 / 3) * height, left + width, top + height];
    expect(ends).not.toBeNull();
    ends?.slice(1).forEach((pixel, i) => expect(Number(pixel)).toBeCloseTo(expected[i] ?? Number.NaN, 1));
  });

  it('leaves a gap where a point is not finite, or not above 0 on a log axis', () => {
    const broken = [3, Number.NaN, 2, 0, 1, 4].map((y, x) => ({ x, y }));
    const draw = (scale: 'linear' | 'log'): number | undefined =>
      paths(
        lineChart({ ...chart, y: { label: '', scale }, series: [{ label: 'a', points: broken }] }),
        PALETTE[0],
      )[0]?.split('M').length;
    expect(draw('linear')).toBe(1 + 2);
    expect(draw('log')).toBe(1 + 3);
  });

  it('names each series in the legend but the faint ones, which share the colour they are given', () => {
    const svg = lineChart({
      ...chart,
      series: [
        { label: 'run 1', points, faint: true, colour: 2 },
        { label: 'mean', points, colour: 2 },
        { label: 'other', points },
      ],
    });
    expect(svg).not.toContain('run 1');
    expect(svg).toContain('>mean ');
    expect(svg).toContain('>other ');
    expect(paths(svg, `stroke="${PALETTE[2]}"`)).toHaveLength(3);
    expect(svg).toMatch(/stroke-opacity="0.35"/);
  });

  it('has room for the numbers at its side, in wide fonts too', () => {
    const left = (domain: readonly [number, number]): number => {
      const svg = lineChart({ ...chart, y: { label: '', domain } });
      const [room = 0] = [...svg.matchAll(/viewBox="(\d+) /g)].map(([, x]) => Number(x)).slice(1);
      const most = Math.max(...labels(svg, 'y').map((label) => label.length));
      expect(room).toBeGreaterThan(most * 0.64 * 13 + 9);
      return room;
    };
    expect(left([0, 1])).toBe(58);
    expect(left([0.88563, 0.88566])).toBeGreaterThan(58);
  });

  it('marks places by name', () => {
    const svg = lineChart({ ...chart, marks: [{ x: 2, label: 'chosen' }] });
    expect(svg).toContain('>chosen<');
    expect(svg.match(/stroke-dasharray="5 4"/g)).toHaveLength(1);
  });

  it('escapes names, and refers to nothing outside', async () => {
    const svg = lineChart({
      ...chart,
      title: '<b> & "c"',
      series: [{ label: '</svg>\u0007', points: [{ x: 0, y: 1 }] }],
    });
    expect(svg).toContain('<title>&lt;b&gt; &amp; "c"</title>');
    expect(svg).toContain('&lt;/svg&gt;\ufffd');
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|href|url\(|<style|<script| id=/);
    await expect(sharp(Buffer.from(svg)).metadata()).resolves.toMatchObject({ width: 700 });
  });

  it('refuses a chart without a point that can be shown', () => {
    const y = { label: '', scale: 'log' as const };
    expect(() => lineChart({ ...chart, y, series: [{ label: 'a', points: [{ x: 1, y: -1 }] }] })).toThrow(
      InvalidOptionError,
    );
  });

  it('numbers only whole values where all are whole', () => {
    expect(labels(lineChart(chart), 'x')).toEqual(['1', '2', '3']);
  });

  it('numbers powers of ten on a log axis, and digits between them where there are few', () => {
    const numbers = (domain: readonly [number, number]) =>
      labels(lineChart({ ...chart, y: { label: '', scale: 'log', domain } }), 'y');
    expect(numbers([1e-5, 1e-2])).toEqual(['1e-5', '1e-4', '0.001', '0.01']);
    expect(numbers([0.04, 1])).toEqual(['0.05', '0.1', '0.2', '0.5', '1']);
    expect(numbers([0.2, 0.5]).slice(0, 3)).toEqual(['0.2', '0.3', '0.4']);
  });
});
