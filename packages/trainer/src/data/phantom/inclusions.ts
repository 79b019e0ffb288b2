import type { Random } from '../../random.ts';
import { smoothNoise } from '../smooth-noise.ts';
import type { Organelles } from './organelles.ts';
import type { Displacement, Partition } from './partition.ts';

/** One section to be drawn on. */
export interface Canvas {
  /** Width and height, pixels. */
  readonly size: number;
  /** Depth of its middle in the tissue, pixels. */
  readonly z: number;
  readonly partition: Partition;
  readonly displacement: Displacement;
  /** Darkness, 0 (none) ... 1; axes y, x. What is drawn is laid over what is there. */
  readonly darkness: Float32Array;
}

/** Clear space kept between an inclusion and the membrane of its cell, pixels. */
const CLEARANCE = 4;
/** Farthest that the displacement between tissue and section moves things, pixels (about 3.5 standard deviations). */
const DISPLACEMENT = 24;

/** Mitochondria: a dark outer membrane, a thin light gap, and a grey matrix with cristae. Not part of the labels. */
export function drawMitochondria(canvas: Canvas, { mitochondria }: Organelles): void {
  const { size, z, partition, displacement, darkness } = canvas;
  for (const { balls, cell, cristae } of mitochondria) {
    const cut = balls.filter((ball) => Math.abs(ball.z - z) < ball.radius + 3);
    if (cut.length === 0) continue;
    const [x0, x1] = bounds(
      cut.map((b) => [b.x, b.radius]),
      size,
      DISPLACEMENT,
    );
    const [y0, y1] = bounds(
      cut.map((b) => [b.y, b.radius]),
      size,
      DISPLACEMENT,
    );
    for (let y = y0; y <= y1; y++) {
      for (let x = x0; x <= x1; x++) {
        const at = y * size + x;
        if (partition.cell[at] !== cell || (partition.distance[at] as number) < CLEARANCE) continue;
        const px = x + (displacement.x[at] as number);
        const py = y + (displacement.y[at] as number);
        let depth = -Infinity;
        for (const b of cut) {
          depth = Math.max(depth, b.radius - Math.sqrt((px - b.x) ** 2 + (py - b.y) ** 2 + (z - b.z) ** 2));
        }
        depth = Math.min(depth, (partition.distance[at] as number) - CLEARANCE);
        if (depth < -3) continue;
        const bend = 1.2 * Math.sin(0.11 * px + 0.07 * py);
        const fold = 0.5 + 0.5 * Math.sin(cristae[0] * px + cristae[1] * py + bend);
        const matrix = depth < 3 ? 0 : Math.min(1, (depth - 3) / 2) * (0.4 + 0.32 * fold);
        lay(darkness, at, Math.max(0.7 * bell(depth, 1.3), matrix, depth > 0 ? 0.2 : 0));
      }
    }
  }
}

/** Dense material at synapses: dark, without sharp edges. */
export function drawDensities(canvas: Canvas, { densities }: Organelles): void {
  const { size, z, partition, darkness } = canvas;
  for (const { centre, depth } of densities) {
    const sigma = centre.radius;
    const here = depth * bell(z - centre.z, sigma);
    if (here < 0.03) continue;
    const [x0, x1] = bounds([[centre.x, 2.5 * sigma]], size);
    const [y0, y1] = bounds([[centre.y, 2.5 * sigma]], size);
    for (let y = y0; y <= y1; y++) {
      for (let x = x0; x <= x1; x++) {
        const at = y * size + x;
        const across = bell(partition.distance[at] as number, 9);
        lay(darkness, at, here * bell(x - centre.x, sigma) * bell(y - centre.y, sigma) * (0.25 + 0.75 * across));
      }
    }
  }
}

/**
 * Vesicles (about 40 nm: seen in one section only), dense-core vesicles, cut tubules of endoplasmic reticulum, and
 * microtubules. Rings and dots as dark as thin membranes; not part of the labels.
 */
export function drawVesicles(canvas: Canvas, { vesicles }: Organelles, random: Random): void {
  const { size, partition } = canvas;
  const crowding = smoothNoise(random, { width: size, height: size }, 40);
  const draws = random.poisson((size * size) / 100);
  for (let i = 0; i < draws; i++) {
    const x = random.integer(size);
    const y = random.integer(size);
    const kind = random.uniform();
    const at = y * size + x;
    const space = partition.distance[at] as number;
    const density = (vesicles[partition.cell[at] as number] as number) * Math.exp((crowding[at] as number) - 0.5);
    if (random.uniform() * 100 < density) {
      const radius = Math.sqrt(Math.max(4, random.uniform(4, 5.6) ** 2 - random.uniform(0, 3.5) ** 2));
      if (space < radius + CLEARANCE) continue;
      if (kind < 0.12) drawRing(canvas, x, y, { radius: 0, wall: 3.4, depth: 0.55, stretch: 1 }, random);
      else drawRing(canvas, x, y, { radius, wall: 0.95, depth: random.uniform(0.25, 0.65), stretch: 1 }, random);
    } else if (kind < 0.22 && space > CLEARANCE) {
      const wall = random.uniform(1.2, 2);
      drawRing(canvas, x, y, { radius: 0, wall, depth: random.uniform(0.15, 0.45), stretch: 1 }, random);
    } else if (kind < 0.235) {
      const radius = random.uniform(5, 11);
      const stretch = random.uniform(1, 2.2);
      if (space < radius * 1.2 + CLEARANCE) continue;
      drawRing(canvas, x, y, { radius, wall: 1.6, depth: random.uniform(0.25, 0.6), stretch }, random);
    }
  }
}

interface Ring {
  /** Radius of the middle of the wall, pixels; 0 gives a dot. */
  readonly radius: number;
  /** Standard deviation of the wall's darkness across it, pixels. */
  readonly wall: number;
  readonly depth: number;
  /** Long over short axis. */
  readonly stretch: number;
}

function drawRing(canvas: Canvas, x: number, y: number, { radius, wall, depth, stretch }: Ring, random: Random): void {
  const { size, partition, darkness } = canvas;
  const angle = random.uniform(0, Math.PI);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [x0, x1] = bounds([[x, radius * stretch + 3 * wall]], size);
  const [y0, y1] = bounds([[y, radius * stretch + 3 * wall]], size);
  const cell = partition.cell[y * size + x];
  for (let v = y0; v <= y1; v++) {
    for (let u = x0; u <= x1; u++) {
      const at = v * size + u;
      if (partition.cell[at] !== cell) continue;
      const along = ((u - x) * cos + (v - y) * sin) / stretch;
      const across = (v - y) * cos - (u - x) * sin;
      const off = Math.sqrt(along * along + across * across) - radius;
      if (Math.abs(off) < 3 * wall) lay(darkness, at, depth * bell(off, wall));
    }
  }
}

/** Lays darkness over darkness: what the one lets through, the other dims. */
function lay(darkness: Float32Array, at: number, depth: number): void {
  darkness[at] = 1 - (1 - (darkness[at] as number)) * (1 - depth);
}

function bell(x: number, sigma: number): number {
  return Math.exp((-x * x) / (2 * sigma * sigma));
}

/** First and last pixel that intervals of centre and half-width reach, inside the section. */
function bounds(intervals: readonly (readonly [number, number])[], size: number, slack = 0): [number, number] {
  const low = Math.min(...intervals.map(([centre, reach]) => centre - reach));
  const high = Math.max(...intervals.map(([centre, reach]) => centre + reach));
  return [Math.max(0, Math.floor(low - slack)), Math.min(size - 1, Math.ceil(high + slack))];
}
