import { describe, expect, it } from 'vitest';
import { cellOf, fittingTable, heldOutTable, runsTable, spreadNote } from '../../src/report/tables.ts';
import { variantResults } from '../support/part-result.ts';

const row = (table: ReturnType<typeof fittingTable> | null, heading: string) =>
  table?.rows.find((one) => one.heading === heading)?.cells;

describe('cellOf', () => {
  it('gives value and spread to the same place', () => {
    expect(cellOf({ mean: 0.95456, deviation: 0.00124, count: 3 }, 4)).toEqual({ value: '0.9546', spread: '± 0.0012' });
    expect(cellOf({ mean: 0.95456, deviation: null, count: 1 }, 3)).toEqual({ value: '0.955' });
    expect(cellOf(null, 3)).toEqual({ value: '–' });
  });
});

describe('spreadNote', () => {
  const runs = (count: number, fold = 1) => Array.from({ length: count }, () => ({ fold }));

  it.each([
    [[variantResults('a', [])], 'Nothing has been run yet.'],
    [[variantResults('a', runs(1)), variantResults('b', runs(1))], 'One run of each network, so there is no spread'],
    [[variantResults('a', runs(3))], 'over 3 runs of a network (one fold, 3 seeds).'],
    [
      [variantResults('a', runs(3)), variantResults('b', runs(2))],
      'over 2 to 3 runs of a network (one fold, 3 seeds; some runs are missing).',
    ],
    [
      [variantResults('a', [...runs(1), ...runs(1, 2)])],
      '(2 folds, 2 seeds). Over folds it contains how much the blocks differ',
    ],
  ])('says over what the spread is', (variants, words) => {
    expect(spreadNote(variants)).toContain(words);
  });
});

describe('fittingTable', () => {
  it('sets the original’s numbers under ours', () => {
    const table = fittingTable([variantResults('unet-a', [{ validationLoss: 0.3 }]), variantResults('other', [{}])]);
    expect(table.columns).toEqual(['U-net A', 'other']);
    expect(row(table, 'validation loss')?.[0]).toEqual({ value: '0.3000' });
    const originals = table.rows.filter(({ quiet }) => quiet).map(({ cells }) => cells.map(({ value }) => value));
    expect(originals).toEqual([
      ['0.073', '–'],
      ['0.0864', '–'],
      ['0.981', '–'],
      ['0.980', '–'],
    ]);
  });
});

describe('heldOutTable', () => {
  const better = variantResults('dilated-unet', [{ vRand: 0.969 }, { vRand: 0.97 }, { vRand: 0.971 }]);
  const worse = variantResults('unet', [{ vRand: 0.949 }, { vRand: 0.95 }, { vRand: 0.951 }]);

  it('marks the best only where another lies below by more than the spread', () => {
    const table = heldOutTable([worse, better], 'plain');
    expect(row(table, 'V_Rand ↑')).toEqual([
      { value: '0.9500', spread: '± 0.0010' },
      { value: '0.9700', spread: '± 0.0010', strong: true },
      { value: '0.0200' },
      { value: '0.0010' },
    ]);
    expect(row(table, 'V_Info ↑')?.some(({ strong }) => strong)).toBe(false);
    expect(row(table, 'warping error ↓')?.[0]).toEqual({ value: '0.000400', spread: '± 0.000000' });
    expect(table?.rows).toHaveLength(10);
  });

  it('has no column of differences without a spread', () => {
    const single = [variantResults('unet', [{}]), variantResults('dilated-unet', [{}])];
    expect(heldOutTable(single, 'plain')?.columns).toEqual(['U-net', 'Dilated U-net']);
  });

  it('is null where nothing was measured', () => {
    expect(heldOutTable([better], 'symmetries')).toBeNull();
  });
});

describe('runsTable', () => {
  it('tells size, reach, cost and how far the networks were run', () => {
    const one = variantResults('dilated-unet', [{ steps: 100 }, { steps: 250 }]);
    const table = runsTable([{ ...one, parts: [...one.parts, ...one.parts] }, variantResults('unet', [])]);
    const cells = Object.fromEntries(
      table.rows.map(({ heading, cells }) => [heading, cells.map(({ value }) => value)]),
    );
    expect(cells).toEqual({
      parameters: ['2,772,816', '–'],
      'reach of an output pixel, px': ['553', '–'],
      'training step, ms': ['1000', '–'],
      'training, minutes a run': ['10.0', '–'],
      'steps run': ['100–250', '–'],
      'epochs run': ['10–25 of 500', '–'],
      'runs finished': ['2 of 4', '0 of 0'],
    });
  });
});
