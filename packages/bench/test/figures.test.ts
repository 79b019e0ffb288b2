import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { graphsToTime, rewriteLine, rewriteTable } from '../src/step/rewrites.ts';
import { trainStepLine, type Measured } from '../src/step/train-step.ts';

const measured = (name: string, ms: number, rss: number): Measured => ({
  name,
  runs: [{ stepMs: [ms], loadMs: 1, losses: [1], peakRssBytes: rss, version: `${name} 1`, rewrites: ['a'] }],
  medianMs: ms,
  spread: 0.1,
  peakRssBytes: rss,
});
const setting = { variant: 'unet', size: 512, batch: 1 } as const;

describe('figures', () => {
  test('Keras is the faster of its two forms', () => {
    const all = [
      measured('ours', 60, 80 * 2 ** 20),
      measured('keras', 100, 100 * 2 ** 20),
      measured('keras-jit', 90, 160 * 2 ** 20),
      measured('keras-tuned', 80, 2 ** 20),
      measured('torch', 120, 2 ** 20),
    ];
    expect(trainStepLine(setting, all)).toMatchObject({
      kerasIs: 'keras-jit',
      ratioKeras: 0.6667,
      ratioKerasTuned: 0.75,
      ratioTorch: 0.5,
      rssRatioKeras: 0.5,
      rssOursMB: 80,
    });
  });

  test('without peers their figures are null', () => {
    expect(trainStepLine(setting, [measured('ours', 60, 2 ** 20)])).toMatchObject({
      ratioKeras: null,
      ratioTorch: null,
    });
  });

  test('a graph without a rewrite is set beside the graph as trained', () => {
    const asTrained = measured('as trained', 50, 2 ** 20);
    expect(rewriteLine(setting, asTrained, asTrained)).toMatchObject({ rewrites: ['a'], ratio: 1 });
    const without = { without: ['x'], nodes: 3 };
    expect(rewriteLine(setting, measured('without x', 100, 2 ** 21), asTrained, without)).toMatchObject({
      ...without,
      ratio: 2,
      rssRatio: 2,
    });
  });
});

describe('graphs that a rewrite is measured by', () => {
  const leftOut = [
    { without: ['a', 'needs-a'], nodes: 2 },
    { without: ['needs-a'], nodes: 1 },
    { without: ['idle'], nodes: 0 },
    { without: ['a', 'needs-a', 'idle'], nodes: 3 },
  ];

  test('all that changes a node', () => {
    expect(graphsToTime(leftOut)).toEqual([leftOut[0], leftOut[1], leftOut[3]]);
    expect(graphsToTime(leftOut, ['all', 'needs-a'])).toEqual([leftOut[3], leftOut[1]]);
  });

  test('what changes none is refused, and what is not there', () => {
    expect(() => graphsToTime(leftOut, ['idle'])).toThrow(/must change a node of this graph.*received "idle"/);
    expect(() => graphsToTime(leftOut, ['b'])).toThrow(/must be of a, needs-a, idle, all; received "b"/);
  });
});

test('the table of docs/training-speed.md is the one that --list-rewrites prints', () => {
  const page = readFileSync(fileURLToPath(new URL('../../../docs/training-speed.md', import.meta.url)), 'utf8');
  const [, table] = /<!-- rewrites: [^\n]* -->\n([^]*?)\n<!-- \/rewrites -->/.exec(page) ?? [];
  expect(table?.trim()).toBe(rewriteTable());
});
