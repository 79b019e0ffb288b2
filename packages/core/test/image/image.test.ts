import { describe, expect, it } from 'vitest';
import {
  InvalidImageError,
  InvalidOptionError,
  normalise,
  requireImage,
  section,
  sections,
  stackNormalisation,
  type GreyImage,
  type GreyStack,
} from '../../src/index.ts';

const stack: GreyStack<Uint8Array> = { width: 2, height: 1, depth: 3, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };

describe('section and sections', () => {
  it('are views on the memory of the stack', () => {
    expect(section(stack, 1)).toEqual({ width: 2, height: 1, data: Uint8Array.of(3, 4) });
    expect(sections(stack, 1, 3)).toEqual({ width: 2, height: 1, depth: 2, data: Uint8Array.of(3, 4, 5, 6) });
    expect(section(stack, 2).data.buffer).toBe(stack.data.buffer);
    expect(sections(stack, 0, 1).data.buffer).toBe(stack.data.buffer);
  });

  it.each([-1, 3, 0.5, NaN])('reject section %d of 3', (z) => {
    expect(() => section(stack, z)).toThrow(InvalidOptionError);
    expect(() => section(stack, z)).toThrow('0 ... 2');
  });

  it.each([
    [0, 0],
    [2, 1],
    [-1, 2],
    [0, 4],
    [0.5, 2],
  ])('reject sections %d to %d of 3', (from, to) => {
    expect(() => sections(stack, from, to)).toThrow(InvalidOptionError);
  });
});

describe('normalisation', () => {
  it('takes mean and population standard deviation of all pixels', () => {
    const { mean, std } = stackNormalisation(stack);
    expect(mean).toBe(3.5);
    expect(std).toBeCloseTo(Math.sqrt(35 / 12), 12);
  });

  it('makes z-scores, and zeros of a blank stack', () => {
    expect([...normalise(Uint8Array.of(10, 20, 40), { mean: 20, std: 10 })]).toEqual([-1, 0, 2]);
    const blank = { width: 2, height: 1, depth: 1, data: Uint16Array.of(700, 700) };
    expect(stackNormalisation(blank)).toEqual({ mean: 700, std: 0 });
    expect([...normalise(blank.data, stackNormalisation(blank))]).toEqual([0, 0]);
  });

  it('is not thrown off by many large values', () => {
    const data = new Uint16Array(2_000_000).fill(65_535);
    data.fill(65_533, 0, 1_000_000);
    expect(stackNormalisation({ width: 1000, height: 2000, depth: 1, data })).toEqual({ mean: 65_534, std: 1 });
  });

  it('rejects a stack without pixels, or with one that is not finite', () => {
    expect(() => stackNormalisation({ ...stack, depth: 0, data: new Uint8Array() })).toThrow(InvalidImageError);
    const data = Float32Array.of(1, NaN);
    expect(() => stackNormalisation({ width: 2, height: 1, depth: 1, data })).toThrow(InvalidImageError);
  });
});

describe('requireImage', () => {
  it.each([Uint8Array, Uint16Array, Float32Array])('takes %o', (Kind) => {
    expect(() => requireImage({ width: 2, height: 3, data: new Kind(6) })).not.toThrow();
  });

  it('takes a Buffer, which is a Uint8Array', () => {
    expect(() => requireImage({ width: 2, height: 1, data: Buffer.from([1, 2]) })).not.toThrow();
  });

  it.each([
    ['no object', null, 'must be an object'],
    ['width 0', { width: 0, height: 1, data: new Uint8Array() }, 'a width of at least 1 whole pixel; received 0'],
    ['height 1.5', { width: 2, height: 1.5, data: new Uint8Array(3) }, 'a height of at least'],
    ['width NaN', { width: NaN, height: 1, data: new Uint8Array(1) }, 'a width of at least'],
    ['width as text', { width: '2', height: 1, data: new Uint8Array(2) }, 'a width of at least'],
    ['no data', { width: 1, height: 1 }, 'received Undefined'],
    ['a list', { width: 1, height: 1, data: [1] }, 'received Array'],
    ['float64', { width: 1, height: 1, data: new Float64Array(1) }, 'received Float64Array'],
    ['colour', { width: 2, height: 2, data: new Uint8Array(16) }, 'must have 4 grey values; received 16'],
    ['too few', { width: 2, height: 2, data: new Float32Array(3) }, 'must have 4 grey values; received 3'],
    ['NaN', { width: 2, height: 2, data: Float32Array.of(0, 0, 0, NaN) }, 'the value NaN at x 1, y 1'],
    ['infinity', { width: 2, height: 1, data: Float32Array.of(-Infinity, 0) }, 'the value -Infinity at x 0, y 0'],
  ])('rejects %s', (_, image, message) => {
    expect(() => requireImage(image as GreyImage)).toThrow(InvalidImageError);
    expect(() => requireImage(image as GreyImage)).toThrow(message);
    expect(() => requireImage(image as GreyImage, 'Section 3')).toThrow(/^Section 3 /);
  });
});
