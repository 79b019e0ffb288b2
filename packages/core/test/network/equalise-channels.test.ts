import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  equaliseChannels,
  foldNorms,
  foldUpsampling,
  inferenceForm,
  InvalidModelError,
  networkShapes,
  type Network,
  type ParameterValues,
} from '../../src/index.ts';
import { smallUnet } from '../support/folds.ts';
import { valuesOf } from '../support/network-values.ts';
import { uniform } from '../support/random.ts';
import { randomNetwork } from '../support/random-network.ts';
import { evaluate, type Planes } from '../support/reference-network.ts';

const SIZE = { width: 24, height: 16 };
const IMAGE: Planes = { ...SIZE, channels: 1, data: Float64Array.from({ length: 24 * 16 }, uniform(9)) };

function planesOf(network: Network, values: ParameterValues): Map<string, Planes> {
  const weights = new Map([...values].map(([name, { data }]) => [name, Float64Array.from(data)]));
  return evaluate(network, weights, new Map([['image', IMAGE]]));
}

/** Largest magnitude of each channel, by layer. */
function rangesOf(planes: ReadonlyMap<string, Planes>): Map<string, number[]> {
  const range = ({ data, height, width }: Planes, c: number): number =>
    data.subarray(c * height * width, (c + 1) * height * width).reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  return new Map(
    [...planes].map(([name, plane]) => [name, Array.from({ length: plane.channels }, (_, c) => range(plane, c))]),
  );
}

function expectSame(network: Network, before: ReadonlyMap<string, Planes>, after: ReadonlyMap<string, Planes>): void {
  const last = network.layers.at(-1)?.name ?? '';
  const [one, other] = [before, after].map((planes) => planes.get(last)?.data) as [Float64Array, Float64Array];
  const largest = one.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  one.forEach((value, i) => expect(Math.abs(value - (other[i] as number)) / largest).toBeLessThan(1e-5));
}

describe('equaliseChannels', () => {
  it('is the same function for any network and any ranges', () => {
    fc.assert(
      fc.property(randomNetwork, fc.nat(), (network, seed) => {
        const form = inferenceForm(network);
        const values = valuesOf(form, seed);
        const draw = uniform(seed + 1);
        const ranges = new Map(
          [...networkShapes(form, SIZE)].map(([name, { channels }]) => [
            name,
            Array.from({ length: channels }, () => Math.max(0, 4 * draw() - 0.4)),
          ]),
        );
        expectSame(form, planesOf(form, values), planesOf(form, equaliseChannels(form, values, ranges)));
      }),
      { numRuns: 100, seed: 5 },
    );
  });

  it.each([
    ['summed bottleneck', {}, false],
    ['without the sum', { addition: false }, false],
    ['upsampling folded', {}, true],
  ] as const)('gives all channels of a U-net one range: %s', (_, options, upsampling) => {
    const network = smallUnet(options);
    const folded = foldNorms(network, valuesOf(network, 3), { block: 4 });
    const form = upsampling ? foldUpsampling(folded.network, folded.values) : folded;
    const before = planesOf(form.network, form.values);
    const isActivation = new Set(
      form.network.layers.flatMap(({ kind, name }) => (kind === 'activation' || kind === 'batch-norm' ? [name] : [])),
    );
    const ranges = new Map([...rangesOf(before)].filter(([name]) => isActivation.has(name)));
    const values = equaliseChannels(form.network, form.values, ranges);
    const after = planesOf(form.network, values);
    expectSame(form.network, before, after);
    const sums = form.network.layers.flatMap((layer) => (layer.kind === 'add' ? layer.inputs : []));
    const output = form.network.layers.at(-1)?.name ?? '';
    for (const [name, range] of rangesOf(after)) {
      if (!isActivation.has(name) || name === output) continue;
      for (const [c, most] of range.entries()) {
        if (ranges.get(name)?.[c] === 0) expect(most).toBe(0);
        // What is added must keep its shares.
        else if (sums.includes(name)) expect(most).toBeLessThanOrEqual(1.0001);
        else expect(most).toBeCloseTo(1, 4);
      }
    }
  });

  it('rejects missing parameters and ranges of another number', () => {
    const network = smallUnet();
    expect(() => equaliseChannels(network, new Map(), new Map())).toThrow(InvalidModelError);
    const ranges = new Map([['encoder1/conv1', [1, 2]]]);
    expect(() => equaliseChannels(network, valuesOf(network, 1), ranges)).toThrow(
      'encoder1/conv1 has 3 channels, and 2 ranges were given',
    );
  });
});
