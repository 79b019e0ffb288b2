import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  inferenceForm,
  InvalidOptionError,
  networkCost,
  networkInputs,
  networkOutputs,
  networkPorts,
  networkShapes,
  networkStride,
  parameterCount,
  receptiveField,
  splitAt,
  unet,
  unetParts,
  variant,
  VARIANT_NAMES,
  type Network,
} from '../../src/index.ts';
import { uniform } from '../support/random.ts';
import { randomNetwork } from '../support/random-network.ts';
import { evaluate, randomWeights, type Planes } from '../support/reference-network.ts';

/** The structure of the variants in a size that plain loops can afford. */
const NARROW = { encoderFilters: [1, 2, 2], decoderFilters: [2, 1, 1] } as const;

/** Cuts behind the layers at `cuts` (any numbers), and at the end. */
function cutAt(network: Network, cuts: readonly number[]): readonly Network[] {
  const { layers } = network;
  const ends = [...new Set(cuts.map((cut) => cut % (layers.length - 1)))].sort((a, b) => a - b);
  const names = [...ends, layers.length - 1].map((end) => layers[end]?.name ?? '');
  return splitAt(
    network,
    names.map((last, i) => ({ name: `part${i}`, last })),
  );
}

/** The parts one after another, each given only what it asks for and leaving only what it says. */
function runParts(parts: readonly Network[], weights: ReturnType<typeof randomWeights>, image: Planes): Planes {
  const known = new Map([['image', image]]);
  for (const part of parts) {
    const inputs = new Map(networkInputs(part).map(({ name }) => [name, known.get(name) as Planes]));
    const values = evaluate(part, weights, inputs);
    for (const { name } of networkOutputs(part)) known.set(name, values.get(name) as Planes);
  }
  const [last] = networkOutputs(parts.at(-1) as Network);
  return known.get(last?.name ?? '') as Planes;
}

function noise(height: number, width: number, seed: number, channels = 1): Planes {
  return { channels, height, width, data: Float64Array.from({ length: channels * height * width }, uniform(seed)) };
}

describe('splitAt', () => {
  it.each(VARIANT_NAMES)('cuts %s into encoder, bottleneck and decoder with its skips', (name) => {
    const network = variant(name);
    const [encoder, bottleneck, decoder] = splitAt(network, unetParts(network)).map(networkPorts);
    const skips = [
      { name: 'encoder1/conv2/relu', channels: 44, scale: 1 },
      { name: 'encoder2/conv2/relu', channels: 88, scale: 2 },
      { name: 'encoder3/conv2/relu', channels: 176, scale: 4 },
    ];
    const deepest = { name: 'encoder3/dropout3', channels: 176, scale: 8 };
    const map = { name: name.endsWith('-a') ? 'bottleneck/conv6/relu' : 'bottleneck/sum', channels: 176, scale: 8 };
    expect(encoder?.inputs).toMatchObject([{ name: 'image', channels: 1, scale: 1 }]);
    expect(encoder?.outputs).toEqual([...skips, deepest]);
    expect(bottleneck?.inputs).toEqual([{ ...deepest, halo: name.startsWith('dilated') ? 63 : 6 }]);
    expect(bottleneck?.outputs).toEqual([map]);
    expect(decoder?.inputs).toMatchObject([...skips, map]);
    expect(decoder?.outputs).toEqual([{ name: 'interior', channels: 1, scale: 1 }]);
  });

  it.each(VARIANT_NAMES)('keeps the MACs, parameters and tensors of %s', (name) => {
    const network = variant(name);
    const parts = splitAt(network, unetParts(network));
    const size = { height: 64, width: 128 };
    const sum = (of: (part: Network) => number) => parts.reduce((total, part) => total + of(part), 0);
    expect(sum((part) => networkCost(part, size).macs)).toBe(networkCost(network, size).macs);
    expect(sum((part) => parameterCount(part).total)).toBe(parameterCount(network).total);
    const shapes = networkShapes(network, size);
    for (const part of parts) {
      for (const [layer, shape] of networkShapes(part, size)) expect(shape).toEqual(shapes.get(layer));
    }
  });

  it.each(VARIANT_NAMES)('gives what %s gives, dropout left out', (name) => {
    const network = inferenceForm(variant(name, NARROW));
    const weights = randomWeights(network, 3);
    const image = noise(16, 24, 5);
    const whole = evaluate(network, weights, new Map([['image', image]])).get('interior');
    expect(runParts(splitAt(network, unetParts(network)), weights, image)).toEqual(whole);
  });

  it('gives what any network gives, wherever it is cut', () => {
    const cuts = fc.array(fc.nat(), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(randomNetwork, cuts, (network, at) => {
        const weights = randomWeights(network, 7);
        const image = noise(16, 24, 11);
        const whole = evaluate(network, weights, new Map([['image', image]])).get(network.layers.at(-1)?.name ?? '');
        expect(runParts(cutAt(network, at), weights, image)).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['an unknown layer', ['nowhere', 'interior']],
    ['layers out of order', ['bottleneck/sum', 'encoder1/pool', 'interior']],
    ['an end before the last layer', ['bottleneck/sum']],
    ['no part', []],
  ])('refuses %s', (_what, ends) => {
    const run = () =>
      splitAt(
        unet(),
        ends.map((last) => ({ name: last, last })),
      );
    expect(run).toThrow(InvalidOptionError);
    expect(run).toThrow('must name layers of "unet" in their order and end in its last, "interior"');
  });
});

describe('the halo of a part', () => {
  it('is exact: NaN at its rim spreads into the region, NaN behind it does not', () => {
    const cuts = fc.array(fc.nat(), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(randomNetwork, cuts, fc.nat(), (network, at, pick) => {
        const parts = cutAt(network, at);
        const part = parts[pick % parts.length] as Network;
        const stride = networkStride(part);
        const { inputs, outputs } = networkPorts(part);
        const weights = randomWeights(part, 13);
        // The region is one stride along x, in the middle of an image that is wider than every halo.
        const reach = Math.max(...inputs.map(({ halo, scale }) => Math.ceil((halo + 1) * scale)));
        const before = Math.ceil(reach / stride) * stride;
        const [height, width] = [stride, 2 * before + stride];
        const touched = (input: string, column: number): boolean => {
          const given = new Map(
            inputs.map(({ name, channels, scale }) => {
              const planes = noise(height / scale, width / scale, 17, channels);
              if (name === input) for (let i = column; i < planes.data.length; i += planes.width) planes.data[i] = NaN;
              return [name, planes];
            }),
          );
          const values = evaluate(part, weights, given);
          return outputs.some(({ name, scale }) => {
            const { data, width: columns } = values.get(name) as Planes;
            return data.some((value, i) => {
              const x = i % columns;
              return Number.isNaN(value) && x >= before / scale && x < (before + stride) / scale;
            });
          });
        };
        for (const { name, halo, scale } of inputs) {
          const [first, last] = [before / scale, (before + stride) / scale - 1];
          expect(touched(name, first - halo - 1)).toBe(false);
          expect(touched(name, last + halo + 1)).toBe(false);
          expect(touched(name, first - halo) || touched(name, last + halo)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it.each(VARIANT_NAMES)('of %s as a whole is what its receptive field says, for regions on the stride', (name) => {
    const network = variant(name);
    const [image] = networkPorts(network).inputs;
    const { radius, stride } = receptiveField(network);
    expect(image?.halo).toBeLessThanOrEqual(radius);
    expect(image?.halo).toBeGreaterThan(radius - stride);
  });
});
