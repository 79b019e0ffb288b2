import { describe, expect, it } from 'vitest';
import { blur } from '../../../src/data/augmentation/blur.ts';
import { darkSection } from '../../../src/data/augmentation/dark-section.ts';
import { intensity } from '../../../src/data/augmentation/intensity.ts';
import { missingMembrane } from '../../../src/data/augmentation/missing-membrane.ts';
import { noise } from '../../../src/data/augmentation/noise.ts';
import { stain } from '../../../src/data/augmentation/stain.ts';
import { smoothNoise } from '../../../src/data/smooth-noise.ts';
import { stream } from '../../../src/random.ts';

const SIDE = 96;
const PIXELS = SIDE * SIDE;
const image = smoothNoise(stream(1, 'image'), { width: SIDE, height: SIDE }, 8);
const SEEDS = Array.from({ length: 400 }, (_, seed) => seed);

function moments(values: ArrayLike<number>): { mean: number; sd: number } {
  const list = Array.from(values);
  const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
  return { mean, sd: Math.sqrt(list.reduce((sum, value) => sum + (value - mean) ** 2, 0) / list.length) };
}

/** Share of 400 seeds in which the image is another one. */
function shareChanged(augment: (seed: number) => Float32Array): number {
  return SEEDS.filter((seed) => augment(seed).some((value, i) => value !== image[i])).length / SEEDS.length;
}

/** Four standard errors of a share of 400 draws. */
const tolerance = (share: number): number => 4 * Math.sqrt((share * (1 - share)) / SEEDS.length);

describe('each kind', () => {
  const kinds = {
    intensity: (seed: number) => intensity(image, { gain: [0.8, 1.2], offset: 0.3, gamma: [0.8, 1.25] }, stream(seed)),
    noise: (seed: number) => noise(image, 0.15, stream(seed)),
    blur: (seed: number) => blur(image, SIDE, { probability: 1, sigma: 1 }, stream(seed)),
    darkSection: (seed: number) =>
      darkSection(image, { probability: 1, contrast: [0.3, 0.8], darkening: 1 }, stream(seed)),
    stain: (seed: number) => stain(image, SIDE, { probability: 1, width: [2, 8], darkening: [0.5, 2] }, stream(seed)),
  };

  it.each(Object.entries(kinds))('%s leaves its argument alone, follows its seed and stays finite', (_, augment) => {
    const before = image.slice();
    const out = augment(1);
    expect(image).toEqual(before);
    expect(augment(1)).toEqual(out);
    expect(augment(2)).not.toEqual(out);
    expect(out.every(Number.isFinite)).toBe(true);
  });

  it('at amplitudes of nothing changes nothing', () => {
    const random = stream(3);
    expect(intensity(image, { gain: [1, 1], offset: 0, gamma: [1, 1] }, random)).toEqual(image);
    expect(noise(image, 0, random)).toEqual(image);
    expect(blur(image, SIDE, { probability: 1, sigma: 0 }, random)).toEqual(image);
    expect(stain(image, SIDE, { probability: 1, width: [2, 8], darkening: [0, 0] }, random)).toEqual(image);
    const dark = darkSection(image, { probability: 1, contrast: [1, 1], darkening: 0 }, random);
    dark.forEach((value, i) => expect(value).toBeCloseTo(image[i] as number, 5));
  });

  it('that is for some windows only changes the configured share of them', () => {
    expect(
      Math.abs(shareChanged((seed) => blur(image, SIDE, { probability: 0.3, sigma: 1 }, stream(seed, 'b'))) - 0.3),
    ).toBeLessThan(tolerance(0.3));
    const dark = { probability: 0.1, contrast: [0.3, 0.8], darkening: 1 } as const;
    expect(Math.abs(shareChanged((seed) => darkSection(image, dark, stream(seed, 'd'))) - 0.1)).toBeLessThan(
      tolerance(0.1),
    );
    const never = { probability: 0, width: [2, 8], darkening: [1, 2] } as const;
    expect(shareChanged((seed) => stain(image, SIDE, never, stream(seed)))).toBe(0);
  });
});

describe('intensity', () => {
  it('multiplies and shifts z-scores within the bounds, all of them used', () => {
    const gains: number[] = [];
    const offsets: number[] = [];
    for (const seed of SEEDS) {
      const [zero, one] = intensity(
        Float32Array.of(0, 1),
        { gain: [0.8, 1.2], offset: 0.3, gamma: [1, 1] },
        stream(seed),
      );
      offsets.push(zero as number);
      gains.push((one as number) - (zero as number));
    }
    for (const [values, low, high] of [
      [gains, 0.8, 1.2],
      [offsets, -0.3, 0.3],
    ] as const) {
      expect(Math.min(...values)).toBeGreaterThanOrEqual(low - 1e-6);
      expect(Math.min(...values)).toBeLessThan(low + 0.03 * (high - low));
      expect(Math.max(...values)).toBeLessThanOrEqual(high + 1e-6);
      expect(Math.max(...values)).toBeGreaterThan(high - 0.03 * (high - low));
    }
  });

  it.each([0.5, 2])('with gamma %f keeps order, mean and standard deviation, and bends the mid-tones', (gamma) => {
    const out = intensity(image, { gain: [1, 1], offset: 0, gamma: [gamma, gamma] }, stream(4));
    expect(moments(out).mean).toBeCloseTo(moments(image).mean, 4);
    expect(moments(out).sd).toBeCloseTo(moments(image).sd, 4);
    const order = [...image.keys()].sort((a, b) => (image[a] as number) - (image[b] as number));
    const sorted = Float32Array.from(order, (i) => out[i] as number);
    expect(sorted).toEqual(out.slice().sort());
    // Third moment: a gamma below 1 presses the bright half together.
    const { mean } = moments(image);
    const skew = (values: Float32Array): number => values.reduce((sum, value) => sum + (value - mean) ** 3, 0) / PIXELS;
    expect(Math.sign(skew(out) - skew(image))).toBe(Math.sign(gamma - 1));
  });

  it('leaves a blank window blank', () => {
    const blank = new Float32Array(9).fill(0.5);
    expect(new Set(intensity(blank, { gain: [1, 1], offset: 0, gamma: [2, 2] }, stream(1)))).toEqual(new Set([0.5]));
  });
});

describe('noise', () => {
  it('is white, with standard deviations that fill 0 to the largest', () => {
    const blank = new Float32Array(PIXELS);
    const deviations = SEEDS.slice(0, 60).map((seed) => {
      const out = noise(blank, 0.6, stream(seed, 'noise'));
      const { mean, sd } = moments(out);
      expect(Math.abs(mean)).toBeLessThan((5 * sd) / SIDE);
      const neighbours =
        out.reduce((sum, value, i) => sum + (i === 0 ? 0 : value * (out[i - 1] as number)), 0) / PIXELS;
      expect(Math.abs(neighbours)).toBeLessThan((5 * sd ** 2) / SIDE);
      return sd;
    });
    expect(Math.max(...deviations)).toBeLessThan(0.6 * 1.04);
    expect(Math.max(...deviations)).toBeGreaterThan(0.5);
    expect(Math.min(...deviations)).toBeLessThan(0.1);
    // Mean of a uniform draw, within four of its standard errors.
    expect(Math.abs(moments(deviations).mean - 0.3)).toBeLessThan((4 * 0.6) / Math.sqrt(12 * 60));
  });
});

describe('blur', () => {
  it('spreads a point as a Gaussian of no more than its sigma, and keeps the sum', () => {
    const point = new Float32Array(PIXELS);
    const middle = 48 * SIDE + 48;
    point[middle] = 1;
    const variances = SEEDS.slice(0, 100).map((seed) => {
      const out = blur(point, SIDE, { probability: 1, sigma: 2 }, stream(seed, 'blur'));
      expect(out.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 4);
      return out.reduce((sum, value, i) => sum + value * ((i % SIDE) - 48) ** 2, 0);
    });
    expect(Math.max(...variances)).toBeLessThan(4);
    expect(Math.max(...variances)).toBeGreaterThan(3);
  });
});

describe('a dark section', () => {
  it('has its contrast and brightness lowered within the bounds', () => {
    const before = moments(image);
    for (const seed of SEEDS.slice(0, 50)) {
      const now = moments(
        darkSection(image, { probability: 1, contrast: [0.3, 0.8], darkening: 1 }, stream(seed, 'dark')),
      );
      expect(now.sd / before.sd).toBeGreaterThan(0.299);
      expect(now.sd / before.sd).toBeLessThan(0.801);
      expect(before.mean - now.mean).toBeGreaterThan(-1e-4);
      expect(before.mean - now.mean).toBeLessThan(1.0001);
    }
  });
});

describe('a stain', () => {
  it('is a dark stripe as deep and as wide as configured', () => {
    const blank = new Float32Array(PIXELS);
    for (const seed of SEEDS.slice(0, 20)) {
      const out = stain(blank, SIDE, { probability: 1, width: [3, 3], darkening: [1.5, 1.5] }, stream(seed, 'stain'));
      expect(Math.max(...out)).toBeLessThanOrEqual(0);
      expect(Math.min(...out)).toBeGreaterThanOrEqual(-1.5);
      const dark = out.filter((value) => value < -0.75).length;
      // Half its depth is 2.35 of its 3 pixels apart; it crosses a corner at least, the diagonal at most.
      expect(dark).toBeLessThan(2.36 * 3 * Math.SQRT2 * SIDE * 1.1);
      expect(Math.max(...out)).toBeGreaterThan(-0.01);
    }
  });
});

describe('missing membrane', () => {
  /** Two columns of cytoplasm (grey 1, grainy) with a membrane between them (grey -2, 8 pixels wide). */
  const [left, right] = [44, 52];
  const grain = stream(7, 'grain');
  const labels = Uint8Array.from({ length: PIXELS }, (_, i) => (i % SIDE >= left && i % SIDE < right ? 0 : 1));
  const membranes = Float32Array.from(labels, (label) => (label === 0 ? -2 : 1) + 0.1 * grain.normal());
  const tissue = { side: SIDE, image: membranes, labels };
  const length = 20;
  const amplitude = { probability: 1, stretches: 1, length: [length, length] } as const;
  const draws = SEEDS.slice(0, 40).map((seed) => missingMembrane(tissue, amplitude, stream(seed, 'gap')));

  it('is cytoplasm across the whole membrane for the length of the stretch, grain included', () => {
    for (const out of draws) {
      const gap = Array.from({ length: SIDE }, (_, y) => y).filter((y) =>
        out.subarray(y * SIDE + left, y * SIDE + right).every((value) => value > 0.4),
      );
      expect(gap.length).toBeGreaterThanOrEqual(length / 3);
      expect(gap.length).toBeLessThanOrEqual(length + 7);
      const painted = gap.flatMap((y) => [...out.subarray(y * SIDE + left, y * SIDE + right)]);
      expect(moments(painted).mean).toBeCloseTo(1, 0);
      expect(moments(painted).sd).toBeGreaterThan(0.05);
    }
  });

  it('touches nothing but labelled membrane and its flanks', () => {
    for (const out of draws) {
      const changed = [...out.keys()].filter((i) => out[i] !== membranes[i]).map((i) => i % SIDE);
      expect(Math.min(...changed)).toBeGreaterThanOrEqual(left - 2);
      expect(Math.max(...changed)).toBeLessThan(right + 2);
    }
  });

  it('has up to as many stretches as configured, in the configured share of the windows', () => {
    const rows = (out: Float32Array): number =>
      Array.from({ length: SIDE }, (_, y) => y).filter((y) => (out[y * SIDE + 48] as number) > 0).length;
    const many = SEEDS.slice(0, 40).map((seed) =>
      rows(missingMembrane(tissue, { ...amplitude, stretches: 4 }, stream(seed))),
    );
    expect(Math.max(...many)).toBeGreaterThan(1.5 * length);
    const changed = SEEDS.filter(
      (seed) => missingMembrane(tissue, { ...amplitude, probability: 0.2 }, stream(seed, 'p')) !== membranes,
    );
    expect(Math.abs(changed.length / SEEDS.length - 0.2)).toBeLessThan(tolerance(0.2));
  });

  it('leaves windows as they are that have no membrane, or nothing to paint it with', () => {
    const interior = { side: SIDE, image, labels: new Uint8Array(PIXELS).fill(1) };
    expect(missingMembrane(interior, amplitude, stream(1))).toEqual(image);
    const membrane = { side: SIDE, image, labels: new Uint8Array(PIXELS) };
    expect(missingMembrane(membrane, amplitude, stream(1))).toEqual(image);
  });
});
