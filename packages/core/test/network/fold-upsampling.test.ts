import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  foldNorms,
  foldUpsampling,
  inferenceForm,
  InvalidModelError,
  InvalidOptionError,
  networkCost,
  receptiveField,
  variant,
  VARIANT_NAMES,
  type Network,
} from '../../src/index.ts';
import { convolvedNetwork, CONV, difference, kinds, smallUnet } from '../support/folds.ts';
import { valuesOf } from '../support/network-values.ts';

describe('foldUpsampling', () => {
  it('is the same function for any network', async () => {
    await fc.assert(
      fc.asyncProperty(convolvedNetwork('upsample'), fc.nat(), async (network, seed) => {
        const values = valuesOf(network, seed);
        const folded = foldUpsampling(network, values);
        expect(kinds(folded.network)).not.toContain('upsample');
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
    const folded = foldUpsampling(norms.network, norms.values);
    expect(kinds(folded.network).filter((kind) => kind === 'upsample-conv')).toHaveLength(2);
    expect(kinds(folded.network)).not.toContain('upsample');
    expect(await difference(network, values, folded)).toBeLessThan(1e-5);
  });

  it.each(VARIANT_NAMES)('saves arithmetic in %s', (name) => {
    const network = inferenceForm(variant(name));
    const folded = foldUpsampling(network, valuesOf(network, 1));
    const macs = (of: Network): number => networkCost(of, { width: 64, height: 64 }).macs;
    expect(macs(folded.network) / macs(network)).toBeLessThan(0.93);
  });

  it('leaves an upsampling that something else reads too', () => {
    const network: Network = {
      name: 'n',
      layers: [
        { kind: 'input', name: 'image', channels: 1 },
        { kind: 'max-pool', name: 'pool', input: 'image' },
        { kind: 'upsample', name: 'up', input: 'pool' },
        { ...CONV, name: 'a', input: 'up', filters: 1 },
        { ...CONV, name: 'b', input: 'up', filters: 1, dilation: 2 },
        { kind: 'add', name: 'sum', inputs: ['a', 'b'] },
      ],
    };
    const values = valuesOf(network, 2);
    expect(foldUpsampling(network, values)).toEqual({ network, values });
  });

  it('leaves an upsampling of few channels', async () => {
    const network = smallUnet({ encoderFilters: [3, 4], decoderFilters: [3, 2] });
    const values = valuesOf(network, 3);
    const folded = foldUpsampling(network, values, { leastChannels: 4 });
    expect(await difference(network, values, folded)).toBeLessThan(1e-5);
    const upsampled = folded.network.layers.flatMap((layer) =>
      layer.kind === 'upsample' || layer.kind === 'upsample-conv' ? [[layer.kind, layer.name]] : [],
    );
    expect(upsampled).toEqual([
      ['upsample-conv', 'decoder2/conv1'],
      ['upsample', 'decoder1/upsample'],
    ]);
    for (const leastChannels of [0, 1.5]) {
      expect(() => foldUpsampling(network, values, { leastChannels })).toThrow(InvalidOptionError);
    }
  });

  it('rejects missing parameters', () => {
    expect(() => foldUpsampling(smallUnet(), new Map())).toThrow(InvalidModelError);
    expect(() => foldUpsampling(smallUnet(), new Map())).toThrow('decoder2/conv1');
  });
});
