import { FAR, type Partition } from './partition.ts';
import { removeSpecks, smoothByMajority } from './specks.ts';

/** Thickness of a section, pixels: 50 nm at 4 nm a pixel. */
export const SECTION_THICKNESS = 12.5;

/** How the membranes of one section look, per pixel (axes y, x), pixels. */
export interface MembraneShape {
  /** Standard deviation of the dark profile across one membrane. */
  readonly sigma: Float32Array;
  /** Half the distance between the two membranes of neighbouring cells. */
  readonly halfCleft: Float32Array;
  /** Half the width of the label. */
  readonly halfLabel: Float32Array;
}

/** Share of the section's thickness that an oblique membrane must take for the pixel to be labelled. */
const LABELLED_SHARE = 0.42;
/** The label of an oblique membrane is not drawn wider than this many times the label of one cut across. */
const WIDEST_LABEL = 2.6;
/** Profiles and pieces of membrane smaller than this are not drawn by an annotator, pixels. */
const SMALLEST_PROFILE = 30;
const SMALLEST_MEMBRANE = 60;

/**
 * Darkness of the membranes of one section, 0 ... 1; axes y, x. What is seen is the mean over the section's thickness;
 * with the membrane taken as a plane over that thickness the mean has a closed form: a membrane cut across is sharp and
 * dark, one that lies obliquely is broad and grey.
 */
export function membraneDarkness({ distance, slant }: Partition, shape: MembraneShape): Float32Array {
  const out = new Float32Array(distance.length);
  for (let i = 0; i < out.length; i++) {
    const s = distance[i] as number;
    const half = ((slant[i] as number) * SECTION_THICKNESS) / 2;
    const sigma = shape.sigma[i] as number;
    const cleft = shape.halfCleft[i] as number;
    if (s > half + cleft + 4 * sigma) continue;
    const sum = meanGaussian(s - cleft, half, sigma) + meanGaussian(s + cleft, half, sigma);
    out[i] = Math.min(1, sum / darkest(cleft, sigma));
  }
  return out;
}

/**
 * Labels of one section, 1 interior and 0 membrane; axes y, x. A pixel is membrane where the membrane passes within
 * half the label's width in the middle of the section, or fills enough of its thickness; so that every cell's interior
 * is closed.
 */
export function membraneLabels(partition: Partition, { halfLabel }: MembraneShape, width: number): Uint8Array {
  const { cell, distance, slant } = partition;
  const out = new Uint8Array(cell.length).fill(1);
  for (let i = 0; i < out.length; i++) {
    const s = distance[i] as number;
    if (s === FAR) continue;
    const half = halfLabel[i] as number;
    const z = slant[i] as number;
    const inSection = s / Math.max(1 / WIDEST_LABEL, Math.sqrt(1 - z * z));
    if (inSection < half || shareWithin(s, half, z * SECTION_THICKNESS) > LABELLED_SHARE) out[i] = 0;
  }
  smoothByMajority(out, width);
  separateCells(out, cell, width);
  removeSpecks(out, width, 1, SMALLEST_PROFILE);
  removeSpecks(out, width, 0, SMALLEST_MEMBRANE, (pixels) => !pixels.some((i) => bordersAnother(i, cell, width)));
  return out;
}

/** Whether one of the four neighbours of pixel `i` belongs to another cell. */
function bordersAnother(i: number, cell: Int32Array, width: number): boolean {
  const column = i % width;
  return (
    (column > 0 && cell[i - 1] !== cell[i]) ||
    (column < width - 1 && cell[i + 1] !== cell[i]) ||
    (i >= width && cell[i - width] !== cell[i]) ||
    (i + width < cell.length && cell[i + width] !== cell[i])
  );
}

/** Makes a pixel membrane where its right or lower neighbour belongs to another cell, whatever was labelled there. */
function separateCells(labels: Uint8Array, cell: Int32Array, width: number): void {
  for (let i = 0; i < labels.length; i++) {
    const right = (i + 1) % width !== 0 && cell[i + 1] !== cell[i];
    const below = i + width < labels.length && cell[i + width] !== cell[i];
    if (right || below) labels[i] = 0;
  }
}

/** Mean of exp(-x^2 / (2 sigma^2)) over x from s - half to s + half. */
function meanGaussian(s: number, half: number, sigma: number): number {
  if (half < 0.25 * sigma) return Math.exp((-s * s) / (2 * sigma * sigma));
  const scale = (sigma * Math.sqrt(2 * Math.PI)) / (2 * half);
  return scale * (normalDistribution((s + half) / sigma) - normalDistribution((s - half) / sigma));
}

/** What two membranes cut across amount to where the nearer one is darkest. */
function darkest(halfCleft: number, sigma: number): number {
  return 1 + Math.exp((-2 * halfCleft * halfCleft) / (sigma * sigma));
}

/** Share of the thickness `span`, centred at distance `s` from a membrane, that lies within `half` of it. */
function shareWithin(s: number, half: number, span: number): number {
  if (span < 1e-3) return s < half ? 1 : 0;
  const low = Math.max(-half, s - span / 2);
  const high = Math.min(half, s + span / 2);
  return Math.max(0, high - low) / span;
}

/** The normal distribution function by a logistic curve (Bowling et al. 2009), within 1.4e-4. */
function normalDistribution(x: number): number {
  return 1 / (1 + Math.exp(-(1.5976 * x + 0.07056 * x * x * x)));
}
