import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  inferenceForm,
  InvalidModelError,
  layerInputs,
  networkParameters,
  outputLayer,
  variant,
  VARIANT_NAMES,
  type Network,
} from '../../src/index.ts';
import { uniform } from '../support/random.ts';
import { randomNetwork } from '../support/random-network.ts';
import { randomWeights, referencePredictor } from '../support/reference-network.ts';

describe('inferenceForm', () => {
  it.each(VARIANT_NAMES)('takes the dropout out of %s and keeps its parameters', (name) => {
    const network = variant(name);
    const form = inferenceForm(network);
    expect(form.layers.filter((layer) => layer.kind === 'dropout')).toEqual([]);
    expect(form.layers.length).toBe(network.layers.filter((layer) => layer.kind !== 'dropout').length);
    expect(networkParameters(form)).toEqual(networkParameters(network));
    expect(form).toEqual(variant(name, { dropout: 0 }));
  });

  it('gives the same numbers', async () => {
    const input = Float32Array.from({ length: 24 * 16 }, uniform(3));
    await fc.assert(
      fc.asyncProperty(randomNetwork, async (network) => {
        const weights = randomWeights(network, 5);
        const size = { width: 24, height: 16 };
        const before = await referencePredictor(network, weights)(input, size);
        const after = await referencePredictor(inferenceForm(network), weights)(input, size);
        expect(after).toEqual(before);
      }),
      { numRuns: 50 },
    );
  });

  it('leaves out what the output does not need, and resolves chains of dropout up to the end', () => {
    const network: Network = {
      name: 'n',
      layers: [
        { kind: 'input', name: 'image', channels: 1 },
        { kind: 'dropout', name: 'drop1', input: 'image', rate: 0.3 },
        { kind: 'dropout', name: 'drop2', input: 'drop1', rate: 0.3 },
        { kind: 'add', name: 'sum', inputs: ['drop1', 'drop2', 'image'] },
        { kind: 'max-pool', name: 'unused', input: 'sum' },
        { kind: 'dropout', name: 'drop3', input: 'sum', rate: 0.3 },
      ],
    };
    expect(inferenceForm(network).layers).toEqual([
      { kind: 'input', name: 'image', channels: 1 },
      { kind: 'add', name: 'sum', inputs: ['image', 'image', 'image'] },
    ]);
  });

  it('does not change its argument, and is its own inference form', () => {
    const network = variant('unet');
    const copy = structuredClone(network);
    const form = inferenceForm(network);
    expect(network).toEqual(copy);
    expect(inferenceForm(form)).toEqual(form);
    expect(outputLayer(form)).toEqual(outputLayer(network));
    const names = form.layers.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([...form.layers.flatMap(layerInputs)]));
  });

  it('rejects a network without layers', () => {
    expect(() => inferenceForm({ name: 'none', layers: [] })).toThrow(InvalidModelError);
    expect(() => outputLayer({ name: 'none', layers: [] })).toThrow(InvalidModelError);
  });
});
