import type { Symmetry } from '@dilated-unet/core';
import type { LinearMap } from './linear-map.ts';

/** A square part of a plane, pixels. */
export interface SquareWindow {
  /** First column and row. */
  readonly x: number;
  readonly y: number;
  /** Width and height. */
  readonly side: number;
}

/** A symmetry of the square as a linear map of a window about its middle. */
export function symmetryMap({ flipX, flipY, transpose }: Symmetry): LinearMap {
  const x = flipX ? -1 : 1;
  const y = flipY ? -1 : 1;
  return transpose ? { xx: 0, xy: x, yx: y, yy: 0 } : { xx: x, xy: 0, yx: 0, yy: y };
}
