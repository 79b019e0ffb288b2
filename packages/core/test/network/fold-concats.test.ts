import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  foldConcats,
  foldNorms,
  inferenceForm,
  InvalidModelError,
  networkCost,
  receptiveField,
  variant,
  VARIANT_NAMES,
  type Network,
} from '../../src/index.ts';
import { convolvedNetwork, CONV, difference, kinds, smallUnet } from '../support/folds.ts';
import { valuesOf } from '../support/network-values.ts';

describe('foldConcats', () => {
  it('is the same function for any network', async () => {
    await fc.assert(
      fc.asyncProperty(convolvedNetwork('concat'), fc.nat(), async (network, seed) => {
        const values = valuesOf(network, seed);
        const folded = foldConcats(network, values);
        expect(kinds(folded.network)).not.toContain('concat');
        expect(await difference(network, values, folded)).toBeLessThan(1e-5);
        expect(receptiveField(folded.network)).toEqual(receptiveField(network));
      }),
      { numRuns: 100, seed: 4 },
    );
  });

  it.each([
    ['plain', {}],
    ['dilated', { dilate: true, dilateRate: 2 }],
    ['without the sum', { addition: false }],
  ] as const)('is the same function for a U-net with folded norms, borders included: %s', async (_, options) => {
    const network = smallUnet(options);
    const values = valuesOf(network, 3);
    const norms = foldNorms(network, values);
    const folded = foldConcats(norms.network, norms.values);
    expect(kinds(norms.network).filter((kind) => kind === 'concat')).toHaveLength(2);
    expect(kinds(folded.network)).not.toContain('concat');
    expect(await difference(network, values, folded)).toBeLessThan(1e-5);
  });

  it.each(VARIANT_NAMES)('does the arithmetic of %s', (name) => {
    const network = inferenceForm(variant(name));
    const values = valuesOf(network, 1);
    const norms = foldNorms(network, values, { block: 8 });
    const macs = (of: Network): number => networkCost(of, { width: 64, height: 64 }).macs;
    expect(macs(foldConcats(norms.network, norms.values).network)).toBe(macs(norms.network));
  });

  it('leaves a concatenation that something else reads too', () => {
    const network: Network = {
      name: 'n',
      layers: [
        { kind: 'input', name: 'image', channels: 1 },
        { ...CONV, name: 'a', input: 'image', filters: 1 },
        { kind: 'concat', name: 'joined', inputs: ['image', 'a'] },
        { ...CONV, name: 'b', input: 'joined', filters: 2 },
        { kind: 'add', name: 'sum', inputs: ['joined', 'b'] },
      ],
    };
    const values = valuesOf(network, 2);
    expect(foldConcats(network, values)).toEqual({ network, values });
  });

  it('rejects missing parameters', () => {
    const { network } = foldNorms(smallUnet(), valuesOf(smallUnet(), 1));
    expect(() => foldConcats(network, new Map())).toThrow(InvalidModelError);
    expect(() => foldConcats(network, new Map())).toThrow('decoder2/conv2');
  });
});
