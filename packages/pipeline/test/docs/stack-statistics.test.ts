import { InvalidImageError, type GreyStack } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import { stackStatistics } from '../../src/docs/stack-statistics.ts';

const stack = (data: Uint8Array): GreyStack => ({ width: 2, height: 2, depth: data.length / 4, data });

describe('stackStatistics', () => {
  const images = stack(Uint8Array.of(10, 20, 30, 40, 10, 20, 30, 60));
  const labels = stack(Uint8Array.of(0, 255, 255, 255, 0, 0, 255, 255));

  it('computes each number over all pixels', () => {
    const statistics = stackStatistics(images, labels);
    expect(statistics.mean).toBeCloseTo(27.5, 12);
    expect(statistics.deviation).toBeCloseTo(15.6125, 4);
    expect(statistics.percentiles).toEqual([10, 10, 10, 20, 30, 60, 60]);
    expect(statistics.membraneMean).toBeCloseTo(40 / 3, 12);
    expect(statistics.interiorMean).toBeCloseTo(36, 12);
    expect(statistics.interiorShare).toBeCloseTo(5 / 8, 12);
  });

  it('finds the threshold with the largest Dice: 20 takes 4 pixels, the 3 membrane pixels among them', () => {
    expect(stackStatistics(images, labels).thresholdDice).toBeCloseTo(6 / 7, 12);
  });

  it('compares the membranes of neighbouring sections', () => {
    expect(stackStatistics(images, labels).neighbourDice).toBeCloseTo(2 / 3, 12);
    const one = stackStatistics(stack(Uint8Array.of(1, 2, 3, 4)), stack(Uint8Array.of(0, 1, 1, 1)));
    expect(one.neighbourDice).toBe(1);
  });

  it('refuses stacks that do not belong together', () => {
    expect(() => stackStatistics(images, stack(new Uint8Array(4)))).toThrow(InvalidImageError);
    expect(() => stackStatistics({ ...images, data: new Uint16Array(8) }, labels)).toThrow('received Uint16Array');
  });
});
