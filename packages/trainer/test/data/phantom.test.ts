import { createHash } from 'node:crypto';
import { InvalidOptionError, section, type GreyStack } from '@dilated-unet/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { phantom, type Phantom } from '../../src/data/phantom.ts';
import { SECTION_THICKNESS } from '../../src/data/phantom/membranes.ts';
import { growNeurites } from '../../src/data/phantom/neurites.ts';
import { blurInPlace } from '../../src/data/smooth-noise.ts';
import { placeOrganelles } from '../../src/data/phantom/organelles.ts';
import { createMicrotome, type Section } from '../../src/data/phantom/section.ts';

const sha256 = (...parts: Uint8Array[]): string =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');

const mean = (values: Iterable<number>): number => {
  let [sum, count] = [0, 0];
  for (const value of values) [sum, count] = [sum + value, count + 1];
  return sum / count;
};

/** Sections of the tissue, with the cells that made them. */
function cutSections(size: number, sections: number, seed: number): Section[] {
  const neurites = growNeurites({ size, depth: sections * SECTION_THICKNESS }, seed);
  const cut = createMicrotome({ size, neurites, organelles: placeOrganelles(neurites, seed) }, seed);
  return Array.from({ length: sections }, (_, k) => cut(k));
}

/** Largest Dice of the class "membrane" that any threshold on the grey values reaches, after a blur. */
function bestThresholdDice({ images, labels }: Phantom, sigma: number): number {
  const membranes = new Float64Array(256);
  const all = new Float64Array(256);
  for (let z = 0; z < images.depth; z++) {
    const grey = Float32Array.from(section(images, z).data);
    blurInPlace(grey, images, sigma);
    section(labels, z).data.forEach((label, i) => {
      const value = Math.round(grey[i] as number);
      all[value] = (all[value] as number) + 1;
      if (label === 0) membranes[value] = (membranes[value] as number) + 1;
    });
  }
  const total = membranes.reduce((sum, n) => sum + n, 0);
  let [best, hit, taken] = [0, 0, 0];
  for (let t = 0; t < 256; t++) {
    hit += membranes[t] as number;
    taken += all[t] as number;
    best = Math.max(best, (2 * hit) / (taken + total));
  }
  return best;
}

/** Areas of the 4-connected interior components of one section, pixels. */
function profileAreas(labels: Uint8Array, size: number): number[] {
  const left = labels.slice();
  const areas: number[] = [];
  for (let start = 0; start < left.length; start++) {
    if (left[start] === 0) continue;
    const queue = [start];
    left[start] = 0;
    for (const i of queue) {
      const x = i % size;
      const neighbours = [x > 0 ? i - 1 : -1, x < size - 1 ? i + 1 : -1, i - size, i + size];
      for (const j of neighbours) {
        if (j < 0 || j >= left.length || left[j] === 0) continue;
        left[j] = 0;
        queue.push(j);
      }
    }
    areas.push(queue.length);
  }
  return areas;
}

describe('a phantom', () => {
  let made: Phantom;
  const progress: [number, number][] = [];
  beforeAll(() => {
    made = phantom({ sections: 4, size: 384, seed: 2012, onProgress: (...state) => progress.push(state) });
  });

  it('has the size asked for, 8 bit, and labels of two values', () => {
    const shape = { width: 384, height: 384, depth: 4 };
    for (const stack of [made.images, made.labels]) {
      expect(stack).toMatchObject(shape);
      expect(stack.data).toBeInstanceOf(Uint8Array);
      expect(stack.data).toHaveLength(4 * 384 * 384);
    }
    expect([...new Set(made.labels.data)].sort()).toEqual([0, 255]);
  });

  it('reports each section', () => {
    expect(progress).toEqual([
      [1, 4],
      [2, 4],
      [3, 4],
      [4, 4],
    ]);
  });

  it('has the share of interior of the real stack (78%), section by section within what is found there', () => {
    expect(mean(made.labels.data) / 255).toBeGreaterThan(0.74);
    expect(mean(made.labels.data) / 255).toBeLessThan(0.82);
    for (let z = 0; z < 4; z++) {
      const share = mean(section(made.labels, z).data) / 255;
      expect(share).toBeGreaterThan(0.7);
      expect(share).toBeLessThan(0.85);
    }
  });

  it('has the grey values of the real stack: mean 126, standard deviation 44, membranes 85, interior 138', () => {
    const { data } = made.images;
    const all = mean(data);
    expect(Math.abs(all - 126)).toBeLessThan(12);
    const deviation = Math.sqrt(mean(Array.from(data, (v) => (v - all) ** 2)));
    expect(Math.abs(deviation - 44)).toBeLessThan(6);
    const ofClass = (label: number): number => mean([...data].filter((_, i) => made.labels.data[i] === label));
    expect(Math.abs(ofClass(0) - 85)).toBeLessThan(12);
    expect(Math.abs(ofClass(255) - 138)).toBeLessThan(12);
    expect(data.filter((v) => v === 0 || v === 255).length / data.length).toBeLessThan(0.005);
  });

  it.each([0, 1, 1.5, 2, 3])('cannot be segmented by a threshold after a blur of %s pixels', (sigma) => {
    const dice = bestThresholdDice(made, sigma);
    expect(dice).toBeLessThan(0.75);
    // The membranes are darker than the rest all the same.
    expect(dice).toBeGreaterThan(0.45);
  });

  it('has few large profiles and many small ones', () => {
    const areas = Array.from({ length: 4 }, (_, z) => profileAreas(section(made.labels, z).data, 384)).flat();
    const sorted = areas.sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] as number;
    expect(median).toBeGreaterThan(250);
    expect(median).toBeLessThan(1500);
    expect(sorted.at(-1)).toBeGreaterThan(12 * median);
    expect(sorted[0]).toBeGreaterThanOrEqual(30);
  });

  it('changes from section to section, and neighbours are more alike than sections further apart', () => {
    const membraneDice = (a: number, b: number): number => {
      const [one, other] = [section(made.labels, a).data, section(made.labels, b).data];
      const both = one.filter((v, i) => v === 0 && other[i] === 0).length;
      return (2 * both) / (one.filter((v) => v === 0).length + other.filter((v) => v === 0).length);
    };
    const near = mean([membraneDice(0, 1), membraneDice(1, 2), membraneDice(2, 3)]);
    expect(near).toBeGreaterThan(membraneDice(0, 3) + 0.03);
    expect(near).toBeLessThan(0.6);
  });
});

describe('profiles', () => {
  it.each([1, 2, 3])('are closed: interior pixels of two cells never touch (seed %s)', (seed) => {
    const size = 200;
    for (const { labels, partition } of cutSections(size, 2, seed)) {
      let leaks = 0;
      labels.forEach((label, i) => {
        for (const j of [(i + 1) % size === 0 ? i : i + 1, i + size < labels.length ? i + size : i]) {
          if (label === 1 && labels[j] === 1 && partition.cell[i] !== partition.cell[j]) leaks++;
        }
      });
      expect(leaks).toBe(0);
      expect(new Set(partition.cell).size).toBeGreaterThan(8);
    }
  });

  it('hold mitochondria and vesicles that are dark and yet interior', () => {
    const size = 256;
    const neurites = growNeurites({ size, depth: 25 }, 5);
    const organelles = placeOrganelles(neurites, 5);
    const bare = { ...organelles, mitochondria: [], densities: [], vesicles: organelles.vesicles.map(() => 0) };
    const full = createMicrotome({ size, neurites, organelles }, 5)(0);
    const empty = createMicrotome({ size, neurites, organelles: bare }, 5)(0);
    expect(full.labels).toEqual(empty.labels);
    const interior = (values: Uint8Array): number => mean([...values].filter((_, i) => full.labels[i] === 1));
    expect(interior(full.image)).toBeLessThan(interior(empty.image) - 2);
  });
});

describe('the seed', () => {
  const small = { sections: 3, size: 96, seed: 7 };
  const digest = ({ images, labels }: Record<'images' | 'labels', GreyStack<Uint8Array>>): string =>
    sha256(images.data, labels.data);

  it('fixes every pixel', () => {
    expect(digest(phantom(small))).toBe(digest(phantom(small)));
    // A change of this value is a change of the built-in data: results before and after cannot be compared.
    expect(digest(phantom(small))).toBe('1f7919a39d93a3b56004ccc3f3d7eae7c33e5b9a838427643536be0f265abac3');
  });

  it('gives other tissue when it differs', () => {
    expect(digest(phantom({ ...small, seed: 8 }))).not.toBe(digest(phantom(small)));
  });
});

describe('phantom', () => {
  it.each([
    [{ sections: 0 }, 'sections must be an integer of at least 1; received 0'],
    [{ sections: 1.5 }, 'sections must be an integer of at least 1; received 1.5'],
    [{ size: 16 }, 'size must be an integer of at least 32; received 16'],
    [{ seed: -1 }, 'seed must be an integer of at least 0; received -1'],
    [{ size: 4096, sections: 17 }, 'sections must be at most 16 where the size is 4096; received 17'],
  ])('refuses %o', (bad, message) => {
    const options = { sections: 2, size: 64, seed: 1, ...bad };
    expect(() => phantom(options)).toThrow(InvalidOptionError);
    expect(() => phantom(options)).toThrow(message);
  });

  it('makes stacks whose side is no power of two', () => {
    const { images } = phantom({ sections: 1, size: 72, seed: 1 });
    expect(images.data).toHaveLength(72 * 72);
    expect(new Set(images.data.subarray(70 * 72)).size).toBeGreaterThan(20);
  });
});
