import { stream, type Random } from '../../random.ts';
import { expose } from './exposure.ts';
import { drawDensities, drawMitochondria, drawVesicles } from './inclusions.ts';
import { membraneDarkness, membraneLabels, SECTION_THICKNESS, type MembraneShape } from './membranes.ts';
import { smoothField, smoothNoise } from '../smooth-noise.ts';
import type { Organelles } from './organelles.ts';
import { createPartitioner, type Displacement, type Partition } from './partition.ts';
import type { Neurite } from './tissue.ts';

/** Bends of the tissue: distance of their lattice and standard deviation, pixels. */
const BEND = { spacing: 70, amplitude: 6 } as const;
const RIPPLE = { spacing: 22, amplitude: 2 } as const;
/** What remains after registration: uneven compression of each section, and a shift; standard deviations, pixels. */
const COMPRESSION = { spacing: 160, amplitude: 1.5 } as const;
const MISALIGNMENT = 1.5;
/** Darkness of a membrane cut across, of 1. */
const MEMBRANE = 0.86;
/** Uneven staining: distance of its lattice in pixels, standard deviation in grey values. */
const STAIN = { spacing: 110, amplitude: 10 } as const;

/** What is seen of one section, and what is in it. Axes y, x. */
export interface Section {
  /** Grey values, 8 bit. */
  readonly image: Uint8Array;
  /** 1 interior, 0 membrane. */
  readonly labels: Uint8Array;
  readonly partition: Partition;
}

/** The tissue to be cut. */
export interface Tissue {
  /** Width and height of its sections, pixels. */
  readonly size: number;
  readonly neurites: readonly Neurite[];
  readonly organelles: Organelles;
}

/** A function that cuts section `k` (from 0) of the tissue and takes its picture. */
export function createMicrotome({ size, neurites, organelles }: Tissue, seed: number): (k: number) => Section {
  const extent = { width: size, height: size };
  const partitionAt = createPartitioner(neurites, size);
  const field = (name: string, spacing: number) => smoothField(seed, name, extent, spacing);
  const bends = [
    { bend: field('bend x', BEND.spacing), ripple: field('ripple x', RIPPLE.spacing) },
    { bend: field('bend y', BEND.spacing), ripple: field('ripple y', RIPPLE.spacing) },
  ] as const;
  const thickness = field('thickness', 30);
  const cleft = field('cleft', 24);
  const stain = field('stain', STAIN.spacing);

  const displaced = (axis: 0 | 1, z: number, random: Random): Float32Array => {
    const shift = MISALIGNMENT * random.normal();
    const bend = bends[axis].bend(z);
    const ripple = bends[axis].ripple(z);
    const compression = smoothNoise(random, extent, COMPRESSION.spacing);
    return bend.map(
      (value, i) =>
        BEND.amplitude * value +
        RIPPLE.amplitude * (ripple[i] as number) +
        COMPRESSION.amplitude * (compression[i] as number) +
        shift,
    );
  };

  const membraneShape = (z: number): MembraneShape => {
    const thick = thickness(z);
    return {
      sigma: thick.map((value) => 1.65 * Math.exp(0.2 * value)),
      halfCleft: cleft(z).map((value) => Math.max(0, 0.7 + 0.9 * value)),
      halfLabel: thick.map((value) => 2.58 * Math.exp(0.1 * value)),
    };
  };

  return (k) => {
    const z = (k + 0.5) * SECTION_THICKNESS;
    const random = stream(seed, 'registration', k);
    const displacement: Displacement = { x: displaced(0, z, random), y: displaced(1, z, random) };
    const partition = partitionAt(z, displacement);
    const shape = membraneShape(z);

    const darkness = membraneDarkness(partition, shape).map((value) => MEMBRANE * value);
    const canvas = { size, z, partition, displacement, darkness };
    drawMitochondria(canvas, organelles);
    drawVesicles(canvas, organelles, stream(seed, 'vesicles', k));
    drawDensities(canvas, organelles);

    const staining = stain(z).map(
      (value, i) => STAIN.amplitude * value + (organelles.tone[partition.cell[i] as number] as number),
    );
    const image = expose({ size, darkness, stain: staining }, stream(seed, 'exposure', k));
    return { image, labels: membraneLabels(partition, shape, size), partition };
  };
}
