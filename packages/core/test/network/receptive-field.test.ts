import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  InvalidModelError,
  layerInputs,
  outputLayer,
  receptiveField,
  unet,
  variant,
  type Layer,
  type Network,
} from '../../src/index.ts';
import { randomNetwork } from '../support/random-network.ts';
import { randomWeights, referencePredictor } from '../support/reference-network.ts';

/**
 * For each output position of an axis of `length` pixels, the input positions on which it depends, as the bits of a
 * number: sets are followed forward through every tap of every layer, and nothing is assumed about their shape.
 */
function dependencies(network: Network, length: number): readonly bigint[] {
  const sets = new Map<string, readonly bigint[]>();
  const union = (parts: readonly (bigint | undefined)[]): bigint =>
    parts.reduce<bigint>((all, part) => all | (part ?? 0n), 0n);
  for (const layer of network.layers) {
    const inputs = layerInputs(layer).map((name) => sets.get(name) ?? []);
    const x = inputs[0] ?? [];
    const byLayer = (): readonly bigint[] => {
      switch (layer.kind) {
        case 'input':
          return Array.from({ length }, (_, i) => 1n << BigInt(i));
        case 'conv': {
          const taps = Array.from({ length: layer.kernel }, (_, k) => (k - (layer.kernel - 1) / 2) * layer.dilation);
          return x.map((_, i) => union(taps.map((tap) => x[i + tap])));
        }
        case 'max-pool':
          return Array.from({ length: x.length / 2 }, (_, i) => union([x[2 * i], x[2 * i + 1]]));
        case 'upsample':
          return x.flatMap((set) => [set, set]);
        default:
          return x.map((_, i) => union(inputs.map((input) => input[i])));
      }
    };
    sets.set(layer.name, byLayer());
  }
  return sets.get(outputLayer(network).name) ?? [];
}

/** The largest distance from an output position to an input position that it depends on, along an axis of `length`. */
function bruteForceRadius(network: Network, length: number): number {
  return Math.max(
    ...dependencies(network, length).map((set, position) => {
      const bits = set.toString(2);
      const last = bits.length - 1;
      const first = bits.length - 1 - bits.lastIndexOf('1');
      return Math.max(position - first, last - position);
    }),
  );
}

describe('receptiveField', () => {
  it('is what brute force finds in random networks', () => {
    fc.assert(
      fc.property(randomNetwork, (network) => {
        const { radius, stride } = receptiveField(network);
        const length = (2 * Math.ceil(radius / stride) + 3) * stride;
        expect(bruteForceRadius(network, length)).toBe(radius);
      }),
      { numRuns: 300 },
    );
  });

  it.each(['unet', 'dilated-unet', 'unet-a', 'dilated-unet-a'] as const)('is what brute force finds in %s', (name) => {
    expect(bruteForceRadius(variant(name), 1200)).toBe(receptiveField(variant(name)).radius);
  });

  it('is how far a pixel that is not a number spreads in a network that computes', async () => {
    const network = unet({ encoderFilters: [1, 1], decoderFilters: [1, 1] });
    const { radius, stride } = receptiveField(network);
    const side = (2 * Math.ceil(radius / stride) + 3) * stride;
    const predict = referencePredictor(network, randomWeights(network, 7));
    let reach = 0;
    for (let phase = 0; phase < stride; phase++) {
      const at = Math.floor(side / 2 / stride) * stride + phase;
      const tile = new Float32Array(side * side);
      tile[at * side + at] = NaN;
      const output = await predict(tile, { width: side, height: side });
      output.forEach((value, i) => {
        const distance = Math.max(Math.abs((i % side) - at), Math.abs(Math.floor(i / side) - at));
        if (Number.isNaN(value)) reach = Math.max(reach, distance);
      });
    }
    expect(reach).toBe(radius);
  });

  it('adds up the reaches of convolutions and sees through a dilated one with its holes', () => {
    const conv = (name: string, input: string, kernel: number, dilation: number): Layer => ({
      kind: 'conv',
      name,
      input,
      filters: 1,
      kernel,
      dilation,
      initializer: 'he-normal',
    });
    const network: Network = {
      name: 'two',
      layers: [{ kind: 'input', name: 'image', channels: 1 }, conv('a', 'image', 5, 3), conv('b', 'a', 3, 4)],
    };
    expect(receptiveField(network)).toEqual({ radius: 6 + 4, stride: 1 });
  });

  it('rejects a network whose output is not of the size of the image', () => {
    const layers: Layer[] = [
      { kind: 'input', name: 'image', channels: 1 },
      { kind: 'max-pool', name: 'pool', input: 'image' },
    ];
    expect(() => receptiveField({ name: 'half', layers })).toThrow(InvalidModelError);
    expect(() => receptiveField({ name: 'half', layers })).toThrow('1/2 of the image');
  });
});
