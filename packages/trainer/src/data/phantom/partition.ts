import type { Neurite } from './tissue.ts';

/** One section through the tissue at one depth. Axes y, x. */
export interface Partition {
  /** Number of the cell that each pixel belongs to. */
  readonly cell: Int32Array;
  /** Distance to the membrane shared with the nearest other cell, in space, pixels; `FAR` where it is far. */
  readonly distance: Float32Array;
  /** Inclination of that membrane: the z component of its normal, 0 (cut across) ... 1 (lies in the section). */
  readonly slant: Float32Array;
}

/** Where the tissue that is seen at a pixel was before it was displaced, pixels. Axes y, x. */
export interface Displacement {
  readonly x: Float32Array;
  readonly y: Float32Array;
}

/** The distance that stands for "far from any membrane", pixels. */
export const FAR = 1e3;
/** Membranes are followed to this difference between the distances to two cells, pixels. */
const REACH = 32;
/** Blocks are quartered down to this side, pixels. */
const SMALLEST_BLOCK = 4;
/** How much the displacement may stretch a block. */
const STRETCH = 1.3;
/** Membranes of cells that lie in the same direction are not thickened beyond this, as a length of the gradient. */
const SHALLOWEST = 0.3;

/** All balls as flat arrays. */
interface Sites {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly z: Float64Array;
  readonly radius: Float64Array;
  readonly cell: Int32Array;
}

/**
 * A function that divides the plane at depth `z` of the tissue among the cells: each point belongs to the cell that has
 * the ball whose surface is nearest (the additively weighted Voronoi diagram of the balls, also called Apollonius
 * diagram: Aurenhammer, Klein & Lee, "Voronoi Diagrams and Delaunay Triangulations", 2013), all balls of one cell taken
 * together. The section is square, `size` pixels a side.
 */
export function createPartitioner(
  neurites: readonly Neurite[],
  size: number,
): (z: number, displacement: Displacement) => Partition {
  const sites = sitesOf(neurites);
  return (z, displacement) => {
    const near: number[] = [];
    for (let i = 0; i < sites.cell.length; i++) {
      if (Math.abs((sites.z[i] as number) - z) <= (sites.radius[i] as number) + REACH) near.push(i);
    }
    const out: Partition = {
      cell: new Int32Array(size * size),
      distance: new Float32Array(size * size).fill(FAR),
      slant: new Float32Array(size * size),
    };
    let side = SMALLEST_BLOCK;
    while (side < size) side *= 2;
    divide(0, 0, side, Int32Array.from(near), { sites, z, size, displacement, out });
    return out;
  };
}

interface Cut {
  readonly sites: Sites;
  readonly z: number;
  readonly size: number;
  readonly displacement: Displacement;
  readonly out: Partition;
}

/** Fills the block of `side` pixels at (x0, y0): quarters it, each time with fewer candidates, down to the pixels. */
function divide(x0: number, y0: number, side: number, candidates: Int32Array, cut: Cut): void {
  const { size, displacement } = cut;
  if (side > SMALLEST_BLOCK) {
    const half = side / 2;
    for (let y = y0; y < Math.min(y0 + side, size); y += half) {
      for (let x = x0; x < Math.min(x0 + side, size); x += half) {
        divide(x, y, half, choose(candidates, x, y, half, cut), cut);
      }
    }
    return;
  }
  for (let y = y0; y < Math.min(y0 + side, size); y++) {
    for (let x = x0; x < Math.min(x0 + side, size); x++) {
      const at = y * size + x;
      assign(at, x + (displacement.x[at] as number), y + (displacement.y[at] as number), candidates, cut);
    }
  }
}

/** Room for the distances of one list of candidates, reused: it is filled and read within one call. */
let scratch = new Float64Array(1024);

/**
 * Those of the candidates that can be the nearest or second nearest cell's anywhere in a block: away from its centre,
 * distances change by at most one pixel a pixel.
 */
function choose(candidates: Int32Array, x0: number, y0: number, side: number, cut: Cut): Int32Array {
  const { sites, z, size, displacement } = cut;
  if (scratch.length < candidates.length) scratch = new Float64Array(2 * candidates.length);
  const distances = scratch;
  const column = Math.min(x0 + side / 2, size - 1);
  const row = Math.min(y0 + side / 2, size - 1);
  const x = column + (displacement.x[row * size + column] as number);
  const y = row + (displacement.y[row * size + column] as number);
  let nearest = Infinity;
  let nearestCell = 0;
  let second = Infinity;
  for (let i = 0; i < candidates.length; i++) {
    const site = candidates[i] as number;
    const cell = sites.cell[site] as number;
    const d = distanceTo(site, x, y, z, sites);
    distances[i] = d;
    if (d < nearest) {
      if (cell !== nearestCell) second = nearest;
      nearest = d;
      nearestCell = cell;
    } else if (d < second && cell !== nearestCell) second = d;
  }
  const limit = Math.min(nearest + REACH, second) + 2 * STRETCH * side * Math.SQRT1_2;
  let count = 0;
  const kept = new Int32Array(candidates.length);
  for (let i = 0; i < candidates.length; i++) {
    if ((distances[i] as number) <= limit) kept[count++] = candidates[i] as number;
  }
  return kept.subarray(0, count);
}

/** The cell at point (x, y) of the tissue, its membrane's distance and slant, written to pixel `at`. */
function assign(at: number, x: number, y: number, candidates: Int32Array, { sites, z, out }: Cut): void {
  let first = -1;
  let second = -1;
  let d1 = Infinity;
  let d2 = Infinity;
  let firstCell = 0;
  for (let i = 0; i < candidates.length; i++) {
    const site = candidates[i] as number;
    const d = distanceTo(site, x, y, z, sites);
    if (d >= d2) continue;
    const cell = sites.cell[site] as number;
    if (d < d1) {
      if (cell !== firstCell) {
        d2 = d1;
        second = first;
        firstCell = cell;
      }
      d1 = d;
      first = site;
    } else if (cell !== firstCell) {
      d2 = d;
      second = site;
    }
  }
  out.cell[at] = firstCell;
  if (second < 0) return;
  // The gradient of the difference of the two distances is the difference of the two unit vectors.
  const l1 = Math.max(1e-6, d1 + (sites.radius[first] as number));
  const l2 = Math.max(1e-6, d2 + (sites.radius[second] as number));
  const nx = (x - (sites.x[second] as number)) / l2 - (x - (sites.x[first] as number)) / l1;
  const ny = (y - (sites.y[second] as number)) / l2 - (y - (sites.y[first] as number)) / l1;
  const nz = (z - (sites.z[second] as number)) / l2 - (z - (sites.z[first] as number)) / l1;
  const gradient = Math.max(SHALLOWEST, Math.sqrt(nx * nx + ny * ny + nz * nz));
  out.distance[at] = (d2 - d1) / gradient;
  out.slant[at] = Math.min(1, Math.abs(nz) / gradient);
}

function distanceTo(site: number, x: number, y: number, z: number, sites: Sites): number {
  const dx = x - (sites.x[site] as number);
  const dy = y - (sites.y[site] as number);
  const dz = z - (sites.z[site] as number);
  return Math.sqrt(dx * dx + dy * dy + dz * dz) - (sites.radius[site] as number);
}

function sitesOf(neurites: readonly Neurite[]): Sites {
  const balls = neurites.flatMap((neurite) => neurite.balls);
  return {
    x: Float64Array.from(balls.map((ball) => ball.x)),
    y: Float64Array.from(balls.map((ball) => ball.y)),
    z: Float64Array.from(balls.map((ball) => ball.z)),
    radius: Float64Array.from(balls.map((ball) => ball.radius)),
    cell: Int32Array.from(neurites.flatMap(({ balls: own, cell }) => own.map(() => cell))),
  };
}
