import { InvalidOptionError } from '@dilated-unet/core';
import type { LinearMap } from './linear-map.ts';

/** Number of symmetries of the square: the four quarter turns, each with and without a flip. */
export const SYMMETRY_COUNT = 8;

/** How a square window is read out of a row-major plane. */
export interface WindowWalk {
  /** Index of the plane's value that comes first in the result. */
  readonly start: number;
  /** What a step along the result's x and y adds to the index. */
  readonly stepX: number;
  readonly stepY: number;
}

/** A square part of a plane, pixels. */
export interface SquareWindow {
  /** First column and row. */
  readonly x: number;
  readonly y: number;
  /** Width and height. */
  readonly side: number;
}

/**
 * The walk that reads `window` of a plane with `planeWidth` columns under one of the eight symmetries of the square.
 *
 * @param symmetry 0 ... 7: its bits flip x (1), flip y (2) and then exchange x and y (4). 0 changes nothing.
 */
export function windowWalk({ x, y, side }: SquareWindow, planeWidth: number, symmetry: number): WindowWalk {
  if (!(Number.isInteger(symmetry) && symmetry >= 0 && symmetry < SYMMETRY_COUNT)) {
    throw new InvalidOptionError('symmetry', `must be an integer from 0 to ${SYMMETRY_COUNT - 1}`, symmetry);
  }
  const flipX = (symmetry & 1) !== 0;
  const flipY = (symmetry & 2) !== 0;
  const start = (y + (flipY ? side - 1 : 0)) * planeWidth + x + (flipX ? side - 1 : 0);
  const column = flipX ? -1 : 1;
  const row = flipY ? -planeWidth : planeWidth;
  return (symmetry & 4) === 0 ? { start, stepX: column, stepY: row } : { start, stepX: row, stepY: column };
}

/** The same symmetry as a linear map of the window about its middle. */
export function symmetryMap(symmetry: number): LinearMap {
  const x = (symmetry & 1) === 0 ? 1 : -1;
  const y = (symmetry & 2) === 0 ? 1 : -1;
  return (symmetry & 4) === 0 ? { xx: x, xy: 0, yx: 0, yy: y } : { xx: 0, xy: x, yx: y, yy: 0 };
}
