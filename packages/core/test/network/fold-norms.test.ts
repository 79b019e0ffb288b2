import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  foldNorms,
  type FoldNormsOptions,
  inferenceForm,
  InvalidModelError,
  InvalidOptionError,
  networkParameters,
  variant,
  VARIANT_NAMES,
  type Network,
  type ParameterValues,
} from '../../src/index.ts';
import { smallUnet } from '../support/folds.ts';
import { uniform } from '../support/random.ts';
import { randomNetwork } from '../support/random-network.ts';
import { randomWeights, referencePredictor } from '../support/reference-network.ts';

const SIZE = { width: 24, height: 16 };

function valuesOf(network: Network, seed: number, gammas: 'any' | 'positive' = 'any'): ParameterValues {
  const weights = randomWeights(network, seed);
  return new Map(
    networkParameters(network).map(({ name, role, shape }) => {
      const data = Float32Array.from(weights.get(name) ?? []);
      return [
        name,
        { shape, data: role === 'gamma' && gammas === 'positive' ? data.map((g) => Math.abs(g) + 0.1) : data },
      ];
    }),
  );
}

const weightsOf = (values: ParameterValues) =>
  new Map([...values].map(([name, { data }]) => [name, Float64Array.from(data)]));
const normsOf = ({ layers }: Network) => layers.filter(({ kind }) => kind === 'batch-norm').map(({ name }) => name);
const filtersOf = ({ layers }: Network) => layers.flatMap((layer) => (layer.kind === 'conv' ? [layer.filters] : []));

/** Largest difference between two networks, borders included, and the range of what the first gives. */
async function compare(network: Network, values: ParameterValues, blocks: FoldNormsOptions) {
  const folded = foldNorms(network, values, blocks);
  const input = Float32Array.from({ length: SIZE.width * SIZE.height }, uniform(9));
  const before = await referencePredictor(network, weightsOf(values))(input, SIZE);
  const after = await referencePredictor(folded.network, weightsOf(folded.values))(input, SIZE);
  const largest = before.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  const difference = after.reduce((most, value, i) => Math.max(most, Math.abs(value - (before[i] as number))), 0);
  const shapes = networkParameters(folded.network).map(({ name, shape }) => [name, shape]);
  expect(new Map([...folded.values].map(([name, { shape }]) => [name, shape]))).toEqual(new Map(shapes as never));
  return { folded: folded.network, relative: difference / largest };
}

describe('foldNorms', () => {
  it.each([{ block: 1 }, { block: 4 }, { block: 16 }, { block: 2, furtherBlock: true }])(
    'is the same function for any network and signs: %o',
    async (blocks) => {
      await fc.assert(
        fc.asyncProperty(randomNetwork, fc.nat(), async (network, seed) => {
          const form = inferenceForm(network);
          const { relative } = await compare(form, valuesOf(form, seed), blocks);
          expect(relative).toBeLessThan(1e-5);
        }),
        { numRuns: 100, seed: 4 },
      );
    },
  );

  it.each([
    ['plain', {}],
    ['dilated', { dilate: true }],
    ['without the sum', { addition: false }],
    ['dilated encoder', { dilateRate: 2 }],
  ] as const)('is the same function for a U-net, borders included: %s', async (_, options) => {
    const network = smallUnet(options);
    for (const gammas of ['any', 'positive'] as const) {
      for (const block of [1, 4]) {
        const { relative } = await compare(network, valuesOf(network, 3, gammas), { block });
        expect(relative).toBeLessThan(1e-5);
      }
    }
  });

  it('folds all norms where there is room, but those of a bottleneck that is summed', () => {
    const network = smallUnet();
    expect(normsOf(foldNorms(network, valuesOf(network, 3, 'positive')).network)).toEqual(
      normsOf(network).filter((name) => name.startsWith('bottleneck/')),
    );
    const alone = smallUnet({ addition: false });
    expect(normsOf(foldNorms(alone, valuesOf(alone, 3, 'positive')).network)).toEqual([]);
  });

  it('keeps a norm with a negative factor before a pooling', () => {
    const network = smallUnet();
    const values = new Map(valuesOf(network, 3, 'positive'));
    values.set('encoder1/norm2/gamma', { shape: [3], data: Float32Array.of(1, -1, 1) });
    values.set('encoder1/norm1/gamma', { shape: [3], data: Float32Array.of(1, -1, 1) });
    const norms = normsOf(foldNorms(network, values).network);
    expect(norms).toContain('encoder1/norm2');
    expect(norms).not.toContain('encoder1/norm1');
  });

  it.each(VARIANT_NAMES)('widens %s within the blocks that it takes anyway', (name) => {
    const network = inferenceForm(variant(name));
    const { network: folded } = foldNorms(network, valuesOf(network, 3, 'positive'), { block: 16 });
    const up = (filters: number): number => Math.ceil(filters / 16) * 16;
    expect(filtersOf(folded)).toEqual(filtersOf(network).map((filters) => (filters === 2 ? 2 : up(filters))));
    // 176 channels are whole blocks.
    expect(normsOf(folded)).toEqual(
      normsOf(network).filter((norm) => norm.startsWith('encoder3/') || norm.startsWith('bottleneck/')),
    );
  });

  it.each(VARIANT_NAMES)('gives %s further blocks where a norm could be folded for them', (name) => {
    const network = inferenceForm(variant(name));
    const values = valuesOf(network, 3, 'positive');
    const { network: folded } = foldNorms(network, values, { block: 4, furtherBlock: true });
    // Those behind the sums of the bottleneck and before upsampling, which convolutions do not read.
    const kept = normsOf(foldNorms(network, values).network);
    expect(normsOf(folded)).toEqual(kept);
    expect(filtersOf(folded).filter((filters) => filters === 180)).not.toEqual([]);
    expect(filtersOf(folded).filter((filters) => filters % 4 !== 0 && filters !== 2)).toEqual([]);
  });

  it('fills up one convolution further where the norm of joined channels finds no room else', async () => {
    const network = smallUnet({ encoderFilters: [4, 6], decoderFilters: [6, 3] });
    const values = valuesOf(network, 5, 'positive');
    const { network: narrow } = foldNorms(network, values, { block: 2 });
    const { folded, relative } = await compare(network, values, { block: 2, joinedBlock: 4 });
    expect(relative).toBeLessThan(1e-5);
    expect(normsOf(narrow)).toContain('decoder2/norm1');
    expect(normsOf(folded)).toEqual(normsOf(narrow).filter((name) => name !== 'decoder2/norm1'));
    const wider = filtersOf(folded).filter((filters, i) => filters !== filtersOf(narrow)[i]);
    expect(wider).toEqual([8]);
    expect(() => foldNorms(network, values, { joinedBlock: 0.5 })).toThrow(InvalidOptionError);
  });

  it('widens nothing without a norm to fold', () => {
    const network: Network = {
      name: 'n',
      layers: [
        { kind: 'input', name: 'image', channels: 1 },
        { kind: 'conv', name: 'a', input: 'image', filters: 3, kernel: 3, dilation: 1, initializer: 'he-normal' },
        { kind: 'conv', name: 'b', input: 'a', filters: 1, kernel: 3, dilation: 1, initializer: 'he-normal' },
      ],
    };
    const values = valuesOf(network, 2);
    expect(foldNorms(network, values)).toEqual({ network, values });
    expect(filtersOf(foldNorms(network, values, { block: 8 }).network)).toEqual([8, 1]);
  });

  it('rejects missing parameters and a block that is none', () => {
    const network = smallUnet();
    expect(() => foldNorms(network, new Map())).toThrow(InvalidModelError);
    expect(() => foldNorms(network, new Map())).toThrow('encoder1/norm1/gamma');
    expect(() => foldNorms(network, valuesOf(network, 1), { block: 0.5 })).toThrow(InvalidOptionError);
  });
});
