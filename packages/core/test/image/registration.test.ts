import { describe, expect, it } from 'vitest';
import {
  InvalidImageError,
  labelOffset,
  moveToLabels,
  translateStack,
  whereLabelsLie,
  type GreyStack,
  type Offset,
} from '../../src/index.ts';
import { uniform } from '../support/random.ts';

const SIZE = { width: 96, height: 88, depth: 3 };
const PIXELS = SIZE.width * SIZE.height;

/** Labels with membranes along the zeros of a sum of waves, 3 pixels wide, another in each section. */
function membranes(): GreyStack<Uint8Array> {
  const draw = uniform(5);
  const waves = Array.from({ length: SIZE.depth }, () =>
    Array.from({ length: 6 }, () => ({ y: 0.4 * draw() - 0.2, x: 0.4 * draw() - 0.2, phase: 6 * draw() })),
  );
  const data = Uint8Array.from({ length: SIZE.depth * PIXELS }, (_, i) => {
    const [z, y, x] = [Math.floor(i / PIXELS), Math.floor((i % PIXELS) / SIZE.width), i % SIZE.width];
    const sum = (waves[z] ?? []).reduce((total, wave) => total + Math.cos(wave.y * y + wave.x * x + wave.phase), 0);
    return Math.abs(sum) < 0.4 ? 0 : 255;
  });
  return { ...SIZE, data };
}

const LABELS = membranes();

/** Micrographs of what is labelled, blurred by half a pixel and noisy, whose labels lie beside them by `offset`. */
function micrographs({ y, x }: Offset, contrast = 1): GreyStack<Float32Array> {
  const draw = uniform(9);
  const moved = translateStack(LABELS, { y: -y, x: -x });
  return { ...moved, data: moved.data.map((value) => 128 + contrast * (0.4 * value - 51) + 60 * (draw() - 0.5)) };
}

describe('labelOffset', () => {
  it.each([
    { y: 0, x: 0 },
    { y: -0.6, x: -0.2 },
    { y: 1, x: -2 },
    { y: 0.5, x: 0.5 },
    { y: -2.7, x: 1.3 },
  ])('finds labels %j beside their images, to a tenth of a pixel', (offset) => {
    const found = labelOffset(micrographs(offset), LABELS);
    expect(Math.abs(found.y - offset.y)).toBeLessThan(0.1);
    expect(Math.abs(found.x - offset.x)).toBeLessThan(0.1);
    expect(found.correlation).toBeGreaterThan(0.5);
  });

  it('finds them where interior is darker than membrane', () => {
    const found = labelOffset(micrographs({ y: -0.6, x: 1 }, -1), LABELS);
    expect(found.correlation).toBeLessThan(-0.5);
    expect(found.y).toBeCloseTo(-0.6, 0);
    expect(found.x).toBeCloseTo(1, 1);
  });

  it('is not misled by a section without membrane, or of one grey value', () => {
    const images = micrographs({ y: -0.6, x: 0 });
    const expected = labelOffset(images, LABELS);
    const [blank, plain] = [images.data.slice(), LABELS.data.slice()];
    blank.fill(128, 0, PIXELS);
    plain.fill(255, 2 * PIXELS);
    const found = labelOffset({ ...images, data: blank }, { ...LABELS, data: plain });
    expect(found.y).toBeCloseTo(expected.y, 1);
    // One section of three is left.
    expect(found.correlation).toBeLessThan(0.4 * expected.correlation);
  });

  it('looks at sections all over a large stack', () => {
    const images = micrographs({ y: 1, x: 0 });
    const repeat = <T extends Uint8Array | Float32Array>(data: T, times: number): T => {
      const out = new (data.constructor as new (length: number) => T)(data.length * times);
      for (let k = 0; k < times; k++) out.set(data, k * data.length);
      return out;
    };
    const many = labelOffset(
      { ...SIZE, depth: 48, data: repeat(images.data, 16) },
      { ...SIZE, depth: 48, data: repeat(LABELS.data, 16) },
    );
    expect(many.y).toBeCloseTo(1, 1);
  });

  it('refuses labels of other images', () => {
    const draw = uniform(3);
    const images = { ...SIZE, data: Float32Array.from(LABELS.data, () => draw()) };
    expect(() => labelOffset(images, LABELS)).toThrow(InvalidImageError);
    expect(() => labelOffset(images, LABELS)).toThrow('Labels and images do not go together: their correlation is 0.0');
  });

  it('refuses labels of another size, and sections that are too small', () => {
    const images = micrographs({ y: 0, x: 0 });
    const turned = { ...LABELS, width: LABELS.height, height: LABELS.width };
    expect(() => labelOffset(images, turned)).toThrow(
      'the size of their images, 3 x 88 x 96 (z, y, x); received 3 x 96 x 88',
    );
    const strip = { width: 96, height: 15, depth: 1, data: new Uint8Array(96 * 15) };
    expect(() => labelOffset(strip, strip)).toThrow('Sections must be at least 16 x 16 pixels');
  });

  it('refuses labels that lie farther away than it looks', () => {
    expect(() => labelOffset(micrographs({ y: -4, x: 0 }), LABELS)).toThrow(
      'The labels lie 4 pixels or more beside the images (best at -4 down, 0 right',
    );
  });
});

describe('moveToLabels', () => {
  it('brings a prediction of the images to the labels', () => {
    const offset = { y: -1, x: 2 };
    const prediction = translateStack({ ...LABELS, data: LABELS.data.map((value) => value / 255) }, { y: 1, x: -2 });
    const { data } = moveToLabels(prediction, offset);
    const inside = (i: number): boolean => {
      const [y, x] = [Math.floor((i % PIXELS) / SIZE.width), i % SIZE.width];
      return y > 1 && y < SIZE.height - 2 && x > 2 && x < SIZE.width - 3;
    };
    expect(data.every((value, i) => !inside(i) || value === (LABELS.data[i] as number) / 255)).toBe(true);
  });

  it('leaves it where labels lie on the images', () => {
    const prediction = { ...SIZE, data: new Float32Array(SIZE.depth * PIXELS) };
    expect(moveToLabels(prediction, null)).toBe(prediction);
    expect(moveToLabels(prediction, undefined)).toBe(prediction);
  });
});

describe('labels of which some do not count', () => {
  const OFFSET = { y: -0.6, x: 1 };
  const images = micrographs(OFFSET);
  /** 40 x 40 pixels of the first section and a strip of the third, 128 elsewhere. */
  const patch = {
    ...LABELS,
    data: LABELS.data.map((value, i) => {
      const [z, y, x] = [Math.floor(i / PIXELS), Math.floor((i % PIXELS) / SIZE.width), i % SIZE.width];
      const isLabelled = (z === 0 && y >= 30 && y < 70 && x >= 8 && x < 48) || (z === 2 && y >= 60);
      return isLabelled ? value : 128;
    }),
  };

  it('are compared where they count', () => {
    const found = labelOffset(images, patch, { ignore: 128 });
    expect(Math.abs(found.y - OFFSET.y)).toBeLessThan(0.15);
    expect(Math.abs(found.x - OFFSET.x)).toBeLessThan(0.15);
    expect(found.correlation).toBeGreaterThan(0.5);
    // As interior, they would say something else.
    expect(labelOffset(images, patch).correlation).toBeLessThan(0.3);
  });

  it('say the same whatever lies under the others', () => {
    // As far from what counts as labels are looked for.
    const covered = images.data.map((value, i) => {
      const [z, y] = [Math.floor(i / PIXELS), Math.floor((i % PIXELS) / SIZE.width)];
      return z === 1 || (z === 2 && y < 50) ? 1e4 * ((i % 7) - 3) : value;
    });
    expect(labelOffset({ ...images, data: covered }, patch, { ignore: 128 })).toEqual(
      labelOffset(images, patch, { ignore: 128 }),
    );
  });

  it('are as before where all count', () => {
    expect(labelOffset(images, LABELS, { ignore: 128 })).toEqual(labelOffset(images, LABELS));
  });
});

it.each([
  [{ y: -0.614, x: -0.17 }, '0.61 pixels above and 0.17 left'],
  [{ y: 1, x: 0.5 }, '1.00 pixels below and 0.50 right'],
])('where labels lie is said in words: %o', (offset, words) => {
  expect(whereLabelsLie(offset)).toBe(words);
});
