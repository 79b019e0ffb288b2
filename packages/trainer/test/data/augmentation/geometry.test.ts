import { SYMMETRIES, translateStack, type Offset, type Symmetry } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import type { Augmentation } from '../../../src/data/augmentation/amplitudes.ts';
import { augmentWindow, moveTissue, type AugmentedWindow } from '../../../src/data/augmentation/augment.ts';
import { elastic } from '../../../src/data/augmentation/elastic.ts';
import { compose, IDENTITY } from '../../../src/data/augmentation/linear-map.ts';
import {
  interpolateLabels,
  resampleGrey,
  resampleLabels,
  sourcePositions,
  type SourcePositions,
} from '../../../src/data/augmentation/resample.ts';
import { rotation } from '../../../src/data/augmentation/rotation.ts';
import { scale } from '../../../src/data/augmentation/scale.ts';
import { symmetryMap } from '../../../src/data/augmentation/symmetries.ts';
import { smoothNoise } from '../../../src/data/smooth-noise.ts';
import { stream, type Random } from '../../../src/random.ts';

const [WIDTH, HEIGHT] = [150, 140];
const PIXELS = WIDTH * HEIGHT;
const shape = { width: WIDTH, height: HEIGHT };
const random = stream(1, 'geometry');

/** Smooth blobs, and the labels that a threshold at 128 gives. */
const smooth = smoothNoise(random, shape, 9).map((value) => 128 + 40 * value);
const blobs = {
  image: { ...shape, data: smooth },
  labels: { ...shape, data: Uint8Array.from(smooth, (value) => (value > 128 ? 255 : 0)) },
};
const rough = { ...shape, data: Uint8Array.from({ length: PIXELS }, () => random.integer(256)) };
const window = { x: 31, y: 22, side: 64 };

/** The window of `rough` under a symmetry, pixel by pixel. */
function copied(symmetry: number): Float32Array {
  return Float32Array.from({ length: 64 * 64 }, (_, i) => {
    const [u, v] = symmetry & 4 ? [i >> 6, i % 64] : [i % 64, i >> 6];
    const column = window.x + (symmetry & 1 ? 63 - u : u);
    const row = window.y + (symmetry & 2 ? 63 - v : v);
    return rough.data[row * WIDTH + column] as number;
  });
}

/** A generator whose next uniform numbers are at this share of their range. */
function fixed(share: number): Random {
  return { ...stream(0, 'fixed'), uniform: (low = 0, high = 1) => low + share * (high - low) };
}

function augmented(augmentation: Augmentation, seed = 1): AugmentedWindow {
  return augmentWindow(blobs, window, {
    augmentation,
    normalisation: { mean: 128, std: 1 },
    random: (kind) => stream(seed, kind),
  });
}

describe('the resampling', () => {
  it('gives each pixel its own value where nothing moves', () => {
    const positions = sourcePositions(window, IDENTITY, null);
    const expected = copied(0);
    expect(resampleGrey(rough, positions)).toEqual(expected);
    expect(resampleLabels(rough, positions)).toEqual(expected);
  });

  it.each([...SYMMETRIES.keys()])('does symmetry %i as the copy does', (symmetry) => {
    const positions = sourcePositions(window, symmetryMap(SYMMETRIES[symmetry] as Symmetry), null);
    const expected = copied(symmetry);
    expect(resampleGrey(rough, positions)).toEqual(expected);
    expect(resampleLabels(rough, positions)).toEqual(expected);
  });

  it('is exact for parabolas, which cubic convolution reproduces, at any position inside', () => {
    const [a, b] = [0.01, -0.02];
    const data = Float32Array.from({ length: PIXELS }, (_, i) => a * (i % WIDTH) ** 2 + b * Math.floor(i / WIDTH) ** 2);
    const positions = { x: new Float32Array(200), y: new Float32Array(200) };
    for (let i = 0; i < 200; i++) {
      positions.x[i] = random.uniform(2, WIDTH - 3);
      positions.y[i] = random.uniform(2, HEIGHT - 3);
    }
    resampleGrey({ ...shape, data }, positions).forEach((value, i) => {
      expect(value).toBeCloseTo(a * (positions.x[i] as number) ** 2 + b * (positions.y[i] as number) ** 2, 3);
    });
  });

  it('reflects beyond the border, the edge pixel not repeated, as far away as may be', () => {
    const row = { width: 4, height: 1, data: Uint8Array.of(0, 1, 2, 3) };
    const x = Float32Array.from({ length: 20 }, (_, i) => i - 8);
    const positions = { x, y: new Float32Array(20) };
    const expected = [2, 1, 0, 1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1];
    expect([...resampleLabels(row, positions)]).toEqual(expected);
    expect([...resampleGrey(row, positions)]).toEqual(expected);
  });
});

describe('a rotation', () => {
  it('by a quarter turn is the symmetry', () => {
    const quarter = sourcePositions(window, rotation(90, fixed(1)), null);
    // x' = -y, y' = x: an exchange of the axes and a flip.
    const symmetry = sourcePositions(window, symmetryMap(SYMMETRIES[5] as Symmetry), null);
    expect(quarter).toEqual(symmetry);
    expect(resampleLabels(rough, quarter)).toEqual(resampleLabels(rough, symmetry));
  });

  it('has angles that fill their range, either way', () => {
    const angles = Array.from({ length: 2000 }, (_, i) => {
      const { xx, yx, xy, yy } = rotation(30, stream(i, 'angle'));
      expect(xx * yy - xy * yx).toBeCloseTo(1, 12);
      return (Math.atan2(yx, xx) * 180) / Math.PI;
    });
    expect(Math.min(...angles)).toBeGreaterThanOrEqual(-30);
    expect(Math.min(...angles)).toBeLessThan(-29.5);
    expect(Math.max(...angles)).toBeLessThanOrEqual(30);
    expect(Math.max(...angles)).toBeGreaterThan(29.5);
    // Standard error of the mean: 60 / sqrt(12 * 2000) = 0.39.
    expect(Math.abs(angles.reduce((sum, angle) => sum + angle, 0) / 2000)).toBeLessThan(4 * 0.39);
  });

  it('keeps the middle of the window where it is', () => {
    const { x, y } = sourcePositions({ x: 10, y: 20, side: 33 }, rotation(180, random), null);
    expect([x[16 * 33 + 16], y[16 * 33 + 16]]).toEqual([26, 36]);
  });
});

describe('a scale', () => {
  it('above 1 shows less tissue, larger, within its bounds', () => {
    expect(scale([0.5, 2], fixed(1)).xx).toBeCloseTo(0.5, 12);
    expect(scale([0.5, 2], fixed(0)).yy).toBeCloseTo(2, 12);
    expect(scale([0.5, 2], fixed(0.5)).xx).toBeCloseTo(1, 12);
    const { x } = sourcePositions({ x: 0, y: 0, side: 65 }, scale([2, 2], random), null);
    expect([x[0], x[64]]).toEqual([16, 48]);
  });

  it('and a rotation commute, as one map', () => {
    const [turned, scaled] = [rotation(180, fixed(0.7)), scale([0.8, 1.2], fixed(0.1))];
    const [one, other] = [compose(turned, scaled), compose(scaled, turned)];
    for (const key of ['xx', 'xy', 'yx', 'yy'] as const) expect(one[key]).toBeCloseTo(other[key], 12);
  });
});

describe('an elastic deformation', () => {
  const side = 256;
  const fields = Array.from({ length: 24 }, (_, i) => elastic({ sd: 6, spacing: 32 }, side, stream(i, 'elastic')));
  const axes = fields.flatMap(({ x, y }) => [x, y]);

  it('moves pixels by the configured standard deviation, along both axes alike and independently', () => {
    const sd = (planes: Float32Array[]): number =>
      Math.sqrt(
        planes.flatMap((plane) => [...plane]).reduce((sum, value) => sum + value ** 2, 0) / (planes.length * side ** 2),
      );
    expect(sd(fields.map(({ x }) => x))).toBeCloseTo(6, 0);
    expect(sd(fields.map(({ y }) => y))).toBeCloseTo(6, 0);
    const products = fields.map(
      ({ x, y }) => x.reduce((sum, value, i) => sum + value * (y[i] as number), 0) / side ** 2,
    );
    expect(Math.abs(products.reduce((sum, value) => sum + value, 0) / fields.length) / 36).toBeLessThan(0.1);
  });

  it('is smooth: its slope is as documented, far from a fold', () => {
    const slopes = axes.flatMap((plane) =>
      Array.from({ length: 4000 }, (_, k) => (plane[k * 16 + 1] as number) - (plane[k * 16] as number)),
    );
    const deviation = Math.sqrt(slopes.reduce((sum, slope) => sum + slope ** 2, 0) / slopes.length);
    expect(deviation / ((1.18 * 6) / 32)).toBeGreaterThan(0.95);
    expect(deviation / ((1.18 * 6) / 32)).toBeLessThan(1.05);
  });

  it('does not fold tissue that is magnified, whose pixels are nearer to each other, and leaves the rest as it is', () => {
    const size = { width: 512, height: 512 };
    const move = (magnification: number, elastic?: { sd: number; spacing: number }) =>
      moveTissue(
        size,
        { x: 100, y: 100, side: 128 },
        {
          augmentation: { scale: [magnification, magnification], ...(elastic && { elastic }) },
          random: (kind) => stream(5, kind),
        },
      ).positions as SourcePositions;
    const { x, y } = move(4, { sd: 12, spacing: 64 });
    const across = x.slice(1).map((value, i) => (i % 128 === 127 ? 1 : value - (x[i] as number)));
    const down = y.slice(128).map((value, i) => value - (y[i] as number));
    expect(Math.min(...across)).toBeGreaterThan(0);
    expect(Math.min(...down)).toBeGreaterThan(0);
    for (const magnification of [0.5, 1, 1.15]) {
      const displaced = elastic({ sd: 6, spacing: 64 }, 128, stream(5, 'elastic'));
      const { x: straight } = move(magnification);
      const bent = move(magnification, { sd: 6, spacing: 64 }).x;
      const off = bent.map((value, i) => Math.abs(value - (straight[i] as number) - (displaced.x[i] as number)));
      expect(Math.max(...off)).toBeLessThan(1e-3);
    }
  });

  it('of 0 pixels changes nothing', () => {
    expect(augmented({ elastic: { sd: 0, spacing: 64 } })).toEqual(augmented({}));
  });
});

describe('image and labels', () => {
  const kinds: Augmentation = {
    symmetries: true,
    rotation: 180,
    scale: [0.8, 1.25],
    elastic: { sd: 6, spacing: 48 },
  };

  it.each([1, 2, 3, 4, 5])('move together under all that moves tissue (seed %i)', (seed) => {
    const { image, labels } = augmented(kinds, seed);
    expect([...new Set(labels)].sort()).toEqual([0, 1]);
    // Within half a pixel of an outline the nearest pixel may lie on its other side.
    const clear = [...image.keys()].filter((i) => Math.abs(image[i] as number) > 8);
    expect(clear.length).toBeGreaterThan(0.7 * image.length);
    expect(clear.filter((i) => labels[i] !== ((image[i] as number) > 0 ? 1 : 0))).toEqual([]);
    const wrong = [...image.keys()].filter((i) => labels[i] !== ((image[i] as number) > 0 ? 1 : 0)).length;
    expect(wrong / image.length).toBeLessThan(0.05);
  });

  it('stay what they are without augmentation and at amplitudes of nothing', () => {
    const plain = augmented({});
    expect(augmented({ rotation: 0, scale: [1, 1], elastic: { sd: 0, spacing: 8 } })).toEqual(plain);
    expect(plain.image[5]).toBeCloseTo((smooth[22 * WIDTH + 36] as number) - 128, 4);
    expect(plain.labels).toEqual(plain.image.map((value) => (value > 0 ? 1 : 0)));
  });
});

describe('labels that lie beside the image', () => {
  const draws = (seed: number) => ({
    normalisation: { mean: 128, std: 1 },
    random: (kind: string) => stream(seed, kind),
  });
  /** The blobs with labels drawn `offset` away. */
  const drawnBeside = (offset: Offset) => {
    const { data } = translateStack({ ...blobs.labels, depth: 1 }, offset);
    return { image: blobs.image, labels: { ...shape, data: Uint8Array.from(data) }, labelOffset: offset };
  };

  it.each([{ symmetries: true }, {}] as const)(
    'are read from there under %j, which resamples nothing',
    (augmentation) => {
      for (let seed = 0; seed < 8; seed++) {
        const beside = augmentWindow(drawnBeside({ y: -3, x: 2 }), window, { augmentation, ...draws(seed) });
        const expected = augmentWindow(blobs, window, { augmentation, ...draws(seed) });
        expect(beside.image).toEqual(expected.image);
        expect(beside.labels).toEqual(expected.labels);
      }
    },
  );

  it('are read from there under whatever moves tissue', () => {
    const augmentation: Augmentation = {
      symmetries: true,
      rotation: 180,
      scale: [0.85, 1.15],
      elastic: { sd: 6, spacing: 32 },
    };
    for (let seed = 0; seed < 8; seed++) {
      const beside = augmentWindow(drawnBeside({ y: -3, x: 2 }), window, { augmentation, ...draws(seed) });
      const expected = augmentWindow(blobs, window, { augmentation, ...draws(seed) });
      expect(beside.image).toEqual(expected.image);
      // Shares instead of the nearest pixel: the same on either side of half.
      const differing = beside.labels.filter(
        (share, i) => Math.round(share) !== expected.labels[i] && share !== 0.5,
      ).length;
      expect(differing / beside.labels.length).toBeLessThan(0.02);
    }
  });

  it('count with the share of interior between pixels', () => {
    const labels = { width: 3, height: 2, data: Uint8Array.of(255, 0, 0, 255, 255, 0) };
    const positions = { y: Float32Array.of(0), x: Float32Array.of(0) };
    const share = (offset: Offset): number => interpolateLabels(labels, positions, offset)[0] as number;
    expect(share({ y: 0, x: 0 })).toBe(1);
    expect(share({ y: 0, x: 0.25 })).toBe(0.75);
    expect(share({ y: 0.5, x: 1 })).toBe(0.5);
    // Mirrored at the first column and row.
    expect(share({ y: 0, x: -0.25 })).toBe(0.75);
    expect(share({ y: -0.5, x: -1 })).toBe(0.5);
  });

  it('have the mean of the labels at both roundings of the offset', () => {
    const offset = { y: 0, x: 0.3 };
    const positions = sourcePositions(window, IDENTITY, null);
    const at = (x: number) => interpolateLabels(blobs.labels, positions, { y: 0, x });
    const [none, one] = [at(0), at(1)];
    interpolateLabels(blobs.labels, positions, offset).forEach((share, i) => {
      expect(share).toBeCloseTo(0.7 * (none[i] as number) + 0.3 * (one[i] as number), 6);
    });
  });
});
