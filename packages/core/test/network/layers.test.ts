import { describe, expect, it } from 'vitest';
import { rulesOf, type LayerRulesTable } from '../../src/network/layers/index.ts';

describe('the table of layer kinds', () => {
  it('does not compile without a kind', () => {
    const complete = {} as LayerRulesTable;
    const { upsample, ...incomplete } = complete;
    // @ts-expect-error a kind is missing
    const table: LayerRulesTable = incomplete;
    expect([table, upsample]).toEqual([{}, undefined]);
  });

  it('finds the rules by the kind', () => {
    expect(rulesOf({ kind: 'max-pool', name: 'pool', input: 'image' }).scale).toBe(2);
  });
});
