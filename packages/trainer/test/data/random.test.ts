import { describe, expect, it } from 'vitest';
import { murmur3, stream, xoshiro128starstar, type Random } from '../../src/random.ts';

const take = (count: number, draw: () => number): number[] => Array.from({ length: count }, draw);

function moments(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return { mean, variance: values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length };
}

describe('the generator', () => {
  it('gives the numbers of the reference implementation of xoshiro128** 1.1 from the state 1, 2, 3, 4', () => {
    expect(take(10, xoshiro128starstar(1, 2, 3, 4))).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  it('hashes as MurmurHash3_x86_32 does', () => {
    expect(murmur3([], 0)).toBe(0);
    expect(murmur3([], 1)).toBe(0x514e28b7);
    expect(murmur3([0xffffffff], 0)).toBe(0x76293b50);
    expect(murmur3([0x87654321], 0)).toBe(0xf55b516b);
    expect(murmur3([0], 0)).toBe(0x2362f9de);
  });
});

describe('stream', () => {
  const first = (random: Random): number[] => take(4, () => random.uint32());

  it('is a function of the seed and the keys', () => {
    expect(first(stream(7, 'windows', 3))).toEqual(first(stream(7, 'windows', 3)));
  });

  it('differs with the seed, each key, their order and their kind', () => {
    const streams = [
      stream(7, 'windows', 3),
      stream(8, 'windows', 3),
      stream(7, 'dropout', 3),
      stream(7, 'windows', 4),
      stream(7, 3, 'windows'),
      stream(7, 'windows', '3'),
      stream(7, 'windows'),
      stream(7, 'window', 's', 3),
      stream(7, 'windows', -3),
      stream(7, 'windows', 3 + 2 ** 32),
    ].map((random) => first(random).join());
    expect(new Set(streams).size).toBe(streams.length);
  });

  it('refuses keys that it could not tell apart', () => {
    expect(() => stream(0.5)).toThrow(RangeError);
    expect(() => stream(1, Number.NaN)).toThrow('received NaN');
    expect(() => stream(1, 2 ** 53)).toThrow(RangeError);
  });
});

describe('distributions', () => {
  const count = 200_000;

  it('uniform: within the interval, with its mean and variance', () => {
    const random = stream(1, 'uniform');
    const values = take(count, () => random.uniform(-2, 4));
    expect(Math.min(...values.slice(0, 50_000))).toBeGreaterThanOrEqual(-2);
    expect(Math.max(...values.slice(0, 50_000))).toBeLessThan(4);
    const { mean, variance } = moments(values);
    expect(mean).toBeCloseTo(1, 1);
    expect(variance).toBeCloseTo(3, 1);
  });

  it('integer: every value equally often (chi squared of 6 degrees of freedom below its 99.9th percentile)', () => {
    const random = stream(2, 'integer');
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < count; i++) {
      const value = random.integer(7);
      counts[value] = (counts[value] as number) + 1;
    }
    const expected = count / 7;
    expect(counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0)).toBeLessThan(22.46);
  });

  it('integer: without bias where 2^32 is far from a multiple', () => {
    const random = stream(3, 'integer');
    const third = 2 ** 30;
    // A plain remainder would give half of the values to the first third.
    const low = take(30_000, () => random.integer(3 * third)).filter((v) => v < third).length / 30_000;
    expect(low).toBeGreaterThan(0.32);
    expect(low).toBeLessThan(0.35);
  });

  it('integer: up to 2^32 one word, above the 53 bits of two, without bias', () => {
    const words = stream(4, 'integer');
    expect(stream(4, 'integer').integer(2 ** 32)).toBe(words.uint32());
    const random = stream(4, 'integer');
    const third = 2 ** 51;
    const values = take(30_000, () => random.integer(3 * third));
    expect(values.every((v) => Number.isSafeInteger(v) && v >= 0 && v < 3 * third)).toBe(true);
    // A plain remainder would give half of the values to the first third.
    for (const from of [0, third, 2 * third]) {
      const share = values.filter((v) => v >= from && v < from + third).length / values.length;
      expect(share).toBeGreaterThan(0.32);
      expect(share).toBeLessThan(0.35);
    }
    expect(new Set(values.map((v) => v % 2)).size).toBe(2);
    const few = take(30_000, () => random.integer(3 * 2 ** 31));
    expect(few.filter((v) => v >= 2 ** 32).length / few.length).toBeCloseTo(1 / 3, 1);
  });

  it.each([0, -1, 1.5, 2 ** 53, Number.NaN])('integer: refuses a count of %s', (bad) => {
    expect(() => stream(1).integer(bad)).toThrow(RangeError);
  });

  it('normal: mean 0, variance 1, and its share within one and two standard deviations', () => {
    const random = stream(4, 'normal');
    const values = take(count, () => random.normal());
    const { mean, variance } = moments(values);
    expect(Math.abs(mean)).toBeLessThan(0.01);
    expect(variance).toBeCloseTo(1, 1);
    const within = (limit: number): number => values.filter((v) => Math.abs(v) < limit).length / count;
    expect(within(1)).toBeCloseTo(0.6827, 2);
    expect(within(2)).toBeCloseTo(0.9545, 2);
  });

  it.each([0.3, 4, 9.99, 10, 35, 400])('poisson: mean and variance %s', (rate) => {
    const random = stream(5, 'poisson', Math.round(100 * rate));
    const values = take(count, () => random.poisson(rate));
    const { mean, variance } = moments(values);
    expect(values.every((v) => Number.isInteger(v) && v >= 0)).toBe(true);
    expect(Math.abs(mean / rate - 1)).toBeLessThan(0.015);
    expect(Math.abs(variance / rate - 1)).toBeLessThan(0.03);
  });

  it('poisson: the probabilities of single counts, by products and by rejection', () => {
    for (const rate of [6, 14]) {
      const random = stream(6, 'poisson', rate);
      const values = take(count, () => random.poisson(rate));
      let probability = Math.exp(-rate);
      for (let k = 0; k <= 2 * rate; k++) {
        expect(values.filter((v) => v === k).length / count).toBeCloseTo(probability, 2);
        probability *= rate / (k + 1);
      }
    }
  });

  it('poisson: 0 for a mean of 0, and an error for what is no mean', () => {
    expect(stream(1).poisson(0)).toBe(0);
    expect(() => stream(1).poisson(-1)).toThrow(RangeError);
    expect(() => stream(1).poisson(Infinity)).toThrow(RangeError);
  });
});
