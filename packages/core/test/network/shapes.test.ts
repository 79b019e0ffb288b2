import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  InvalidModelError,
  InvalidOptionError,
  networkCost,
  networkParameters,
  networkShapes,
  networkStride,
  parameterCount,
  unet,
  type Layer,
  type Network,
} from '../../src/index.ts';
import { randomNetwork } from '../support/random-network.ts';

const image: Layer = { kind: 'input', name: 'image', channels: 1 };
const conv = (name: string, input: string, more: object = {}): Layer => ({
  kind: 'conv',
  name,
  input,
  filters: 2,
  kernel: 3,
  dilation: 1,
  initializer: 'he-normal',
  ...more,
});
const pool = (name: string, input: string): Layer => ({ kind: 'max-pool', name, input });
const network = (...layers: Layer[]): Network => ({ name: 'n', layers });
const size = { height: 8, width: 16 };

describe('networkShapes', () => {
  it('gives height, width and channels of each layer', () => {
    const shapes = networkShapes(
      network(
        image,
        conv('a', 'image', { filters: 5 }),
        pool('b', 'a'),
        conv('c', 'b', { filters: 3 }),
        { kind: 'upsample', name: 'd', input: 'c' },
        { kind: 'concat', name: 'e', inputs: ['a', 'd'] },
        { kind: 'class-probability', name: 'f', input: 'e', class: 7 },
      ),
      size,
    );
    expect([...shapes].map(([name, { height, width, channels }]) => `${name} ${height} ${width} ${channels}`)).toEqual([
      'image 8 16 1',
      'a 8 16 5',
      'b 4 8 5',
      'c 4 8 3',
      'd 8 16 3',
      'e 8 16 8',
      'f 8 16 1',
    ]);
  });

  it.each([
    ['has no layers', network()],
    ['is of kind max-pool', network(pool('b', 'b'))],
    ['is of kind input', network(image, pool('a', 'image'), { ...image, name: 'second' })],
    ['two layers are named "a"', network(image, conv('a', 'image'), pool('a', 'a'))],
    ['"a" reads "b", which is missing', network(image, conv('a', 'b'))],
    ['"a" reads "b", which comes later', network(image, conv('a', 'b'), conv('b', 'image'))],
    ['"a" reads "a", which comes later', network(image, conv('a', 'a'))],
    ['"a" has no inputs', network(image, { kind: 'add', name: 'a', inputs: [] })],
    [
      'joins inputs of 1/1, 1/2 of the image',
      network(image, pool('a', 'image'), { kind: 'concat', name: 'b', inputs: ['image', 'a'] }),
    ],
    [
      'joins inputs of 1/2, 1/1 of the image',
      network(image, pool('a', 'image'), { kind: 'add', name: 'b', inputs: ['a', 'image'] }),
    ],
    [
      'adds inputs of 1, 2 channels',
      network(image, conv('a', 'image'), { kind: 'add', name: 'b', inputs: ['image', 'a'] }),
    ],
    ['kernel of 2', network(image, conv('a', 'image', { kernel: 2 }))],
    ['dilation 0', network(image, conv('a', 'image', { dilation: 0 }))],
    ['filters 0.5', network(image, conv('a', 'image', { filters: 0.5 }))],
    ['channels 0', network({ ...image, channels: 0 })],
    ['keeps class 1 of 1', network(image, { kind: 'class-probability', name: 'a', input: 'image', class: 1 })],
  ])('rejects a network that %s', (message, malformed) => {
    const run = () => networkShapes(malformed, size);
    expect(run).toThrow(InvalidModelError);
    expect(run).toThrow(message);
  });

  it.each([
    [{ height: 4, width: 16 }, 'height'],
    [{ height: 8, width: 17 }, 'width'],
    [{ height: 0, width: 8 }, 'height'],
    [{ height: 8, width: -8 }, 'width'],
    [{ height: NaN, width: 8 }, 'height'],
  ])('rejects %o for a stride of 8', (wrong, option) => {
    const run = () => networkShapes(unet(), wrong);
    expect(run).toThrow(InvalidOptionError);
    expect(run).toThrow(expect.objectContaining({ option }));
    expect(run).toThrow('must be a positive multiple of 8 pixels');
  });

  it('scales with the image, whatever the network', () => {
    fc.assert(
      fc.property(randomNetwork, fc.integer({ min: 1, max: 4 }), (random, times) => {
        const stride = networkStride(random);
        const once = networkShapes(random, { height: stride, width: stride });
        const more = networkShapes(random, { height: stride * times, width: stride });
        for (const [name, { height, width, channels }] of once) {
          expect(more.get(name)).toEqual({ height: height * times, width, channels });
          expect(Number.isInteger(height) && height >= 1).toBe(true);
        }
      }),
    );
  });
});

describe('networkParameters', () => {
  it('lists kernels as y, x, in, out and the statistics as not trainable', () => {
    const small = network(
      image,
      conv('a', 'image', { filters: 4, kernel: 5 }),
      { kind: 'batch-norm', name: 'b', input: 'a', momentum: 0.99, epsilon: 1e-3 },
      { kind: 'concat', name: 'c', inputs: ['b', 'image'] },
      conv('d', 'c', { filters: 2, kernel: 1 }),
    );
    expect(networkParameters(small).map((p) => [p.name, p.layer, p.role, p.shape.join(' '), p.trainable])).toEqual([
      ['a/kernel', 'a', 'kernel', '5 5 1 4', true],
      ['a/bias', 'a', 'bias', '4', true],
      ['b/gamma', 'b', 'gamma', '4', true],
      ['b/beta', 'b', 'beta', '4', true],
      ['b/moving_mean', 'b', 'moving_mean', '4', false],
      ['b/moving_variance', 'b', 'moving_variance', '4', false],
      ['d/kernel', 'd', 'kernel', '1 1 5 2', true],
      ['d/bias', 'd', 'bias', '2', true],
    ]);
    expect(parameterCount(small)).toEqual({ total: 100 + 4 + 16 + 10 + 2, trainable: 100 + 4 + 8 + 10 + 2 });
  });

  it('gives each parameter of the U-net one name', () => {
    const names = networkParameters(unet()).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('encoder1/conv1/kernel');
    expect(names).toContain('head/norm/moving_variance');
  });
});

describe('networkCost', () => {
  it('counts what a small network multiplies and keeps', () => {
    const small = network(image, conv('a', 'image', { filters: 3 }), pool('b', 'a'), conv('c', 'b', { kernel: 1 }));
    expect(networkCost(small, size)).toEqual({
      macs: 8 * 16 * 9 * 1 * 3 + 4 * 8 * 1 * 3 * 2,
      activationBytes: 4 * (8 * 16 * 1 + 8 * 16 * 3 + 4 * 8 * 3 + 4 * 8 * 2),
      largestActivationBytes: 4 * 8 * 16 * 3,
    });
  });

  it('knows the widest tensor of the U-net: 66 channels at full resolution', () => {
    expect(networkCost(unet(), { height: 512, width: 512 }).largestActivationBytes).toBe(512 * 512 * 66 * 4);
  });
});
