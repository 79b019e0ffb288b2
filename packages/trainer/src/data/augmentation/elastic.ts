import type { Random } from '../../random.ts';
import { smoothNoise } from '../smooth-noise.ts';

/** How far each pixel of a window is moved, pixels of the section. Axes y, x. */
export interface Displacement {
  readonly x: Float32Array;
  readonly y: Float32Array;
}

export interface ElasticAmplitude {
  /** Standard deviation of the displacement along each axis, pixels of the section. */
  readonly sd: number;
  /** Distance of the random vectors, pixels. */
  readonly spacing: number;
}

/** Least spacing, in standard deviations of the displacement, of tissue that is as large as in the section. */
export const LEAST_SPACING = 5;

/**
 * `amplitude` in a window that takes steps of `step` pixels in the section, where less displacement folds it: below 1, the tissue is
 * magnified.
 */
export function unfolded({ sd, spacing }: ElasticAmplitude, step: number): ElasticAmplitude {
  return { sd: Math.min(sd, (spacing / LEAST_SPACING) * step), spacing };
}

/**
 * A smooth random deformation: normal vectors on a coarse grid, between which the displacement is a uniform cubic
 * B-spline (Ronneberger, Fischer & Brox, MICCAI 2015, who blend vectors of 10 pixels on a 3 x 3 grid over a tile
 * bicubically; splines have a second derivative as well). The standard deviation is that of the displacement itself,
 * not of the vectors, which splines shrink. The displacement's slope has a standard deviation of 1.18 sd / spacing: at a
 * fifth of the spacing, the most that a configuration may ask for, a fold (a slope of -1) is 4.2 of them away; see `unfolded` for
 * what is magnified.
 *
 * @param amplitude default: sd 6 on a grid of 64 pixels, which bends processes visibly and leaves membranes as wide as
 *   they are, within a tenth.
 */
export function elastic({ sd, spacing }: ElasticAmplitude, side: number, random: Random): Displacement {
  const extent = { width: side, height: side };
  const field = (): Float32Array => smoothNoise(random, extent, spacing).map((value) => sd * value);
  return { x: field(), y: field() };
}
