import { stream, type Random } from '../random.ts';

/** Sum of the squared weights of a uniform cubic B-spline, mean over its phases: by how much it shrinks a variance. */
const SPLINE_VARIANCE = 151 / 315;

/** Height and width of what is filled, pixels. */
interface Extent {
  readonly width: number;
  readonly height: number;
}

/**
 * Smooth noise over one section: normal numbers on a lattice `spacing` pixels apart, blended by uniform cubic
 * B-splines. Axes y, x; mean 0, standard deviation 1.
 */
export function smoothNoise(random: Random, extent: Extent, spacing: number): Float32Array {
  const lattice = latticeOf(extent, spacing);
  return blend(normals(random, lattice.columns * lattice.rows), lattice, 1 / SPLINE_VARIANCE, extent);
}

/**
 * Smooth noise in space, as a function that samples it at depth z (pixels). Axes y, x; mean 0, standard deviation 1.
 * `name` tells one field of the seed from another.
 */
export function smoothField(seed: number, name: string, extent: Extent, spacing: number): (z: number) => Float32Array {
  const lattice = latticeOf(extent, spacing);
  const count = lattice.columns * lattice.rows;
  let planes = new Map<number, Float32Array>();
  return (z) => {
    const { first, weights } = splineAt(z / spacing);
    const near = new Map<number, Float32Array>();
    const mixed = new Float32Array(count);
    weights.forEach((weight, i) => {
      const k = first + i;
      const plane = planes.get(k) ?? normals(stream(seed, name, k), count);
      near.set(k, plane);
      for (let j = 0; j < count; j++) mixed[j] = (mixed[j] as number) + weight * (plane[j] as number);
    });
    planes = near;
    return blend(mixed, lattice, SPLINE_VARIANCE ** -1.5, extent);
  };
}

/** Gaussian blur of `data` (axes y, x) in place, borders continued. `sigma` in pixels; 0 leaves it as it is. */
export function blurInPlace(data: Float32Array, { width, height }: Extent, sigma: number): void {
  if (sigma === 0) return;
  const radius = Math.ceil(3 * sigma);
  const kernel = Float64Array.from({ length: radius + 1 }, (_, i) => Math.exp((-i * i) / (2 * sigma * sigma)));
  const total = kernel.reduce((sum, weight, i) => sum + (i === 0 ? 1 : 2) * weight, 0);
  for (let i = 0; i <= radius; i++) kernel[i] = (kernel[i] as number) / total;
  const line = new Float64Array(Math.max(width, height) + 2 * radius);
  for (let y = 0; y < height; y++) blurLine(data, y * width, 1, width, kernel, line);
  for (let x = 0; x < width; x++) blurLine(data, x, width, height, kernel, line);
}

function blurLine(
  data: Float32Array,
  start: number,
  step: number,
  count: number,
  kernel: Float64Array,
  line: Float64Array,
): void {
  const radius = kernel.length - 1;
  for (let i = -radius; i < count + radius; i++) {
    line[i + radius] = data[start + step * Math.min(Math.max(i, 0), count - 1)] as number;
  }
  for (let i = 0; i < count; i++) {
    const at = i + radius;
    let sum = (kernel[0] as number) * (line[at] as number);
    for (let k = 1; k <= radius; k++) {
      sum += (kernel[k] as number) * ((line[at - k] as number) + (line[at + k] as number));
    }
    data[start + step * i] = sum;
  }
}

interface Lattice {
  readonly spacing: number;
  readonly columns: number;
  readonly rows: number;
}

/** A cubic B-spline needs one control point before and two after each cell. */
function latticeOf({ width, height }: Extent, spacing: number): Lattice {
  return { spacing, columns: Math.ceil(width / spacing) + 3, rows: Math.ceil(height / spacing) + 3 };
}

function normals(random: Random, count: number): Float32Array {
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) out[i] = random.normal();
  return out;
}

/** Weights of the four control points `first` ... `first + 3` at `position`, in units of the lattice. */
function splineAt(position: number): { first: number; weights: [number, number, number, number] } {
  const cell = Math.floor(position);
  const t = position - cell;
  const s = 1 - t;
  return {
    first: cell,
    weights: [
      (s * s * s) / 6,
      (3 * t * t * t - 6 * t * t + 4) / 6,
      (3 * s * s * s - 6 * s * s + 4) / 6,
      (t * t * t) / 6,
    ],
  };
}

/** Tensor-product spline of the control points, times `gain`: along x for each lattice row, then along y. */
function blend(control: Float32Array, lattice: Lattice, gain: number, { width, height }: Extent): Float32Array {
  const { spacing, columns, rows } = lattice;
  const stretched = new Float32Array(rows * width);
  for (let x = 0; x < width; x++) {
    const { first, weights } = splineAt(x / spacing);
    const [a, b, c, d] = weights;
    for (let row = 0; row < rows; row++) {
      const at = row * columns + first;
      stretched[row * width + x] =
        gain *
        (a * (control[at] as number) +
          b * (control[at + 1] as number) +
          c * (control[at + 2] as number) +
          d * (control[at + 3] as number));
    }
  }
  const out = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const { first, weights } = splineAt(y / spacing);
    const [a, b, c, d] = weights;
    const at = first * width;
    for (let x = 0; x < width; x++) {
      out[y * width + x] =
        a * (stretched[at + x] as number) +
        b * (stretched[at + width + x] as number) +
        c * (stretched[at + 2 * width + x] as number) +
        d * (stretched[at + 3 * width + x] as number);
    }
  }
  return out;
}
