/**
 * A linear map of the plane: from a step in the augmented window to the step in the section that it shows,
 * x' = xx x + xy y, y' = yx x + yy y.
 */
export interface LinearMap {
  readonly xx: number;
  readonly xy: number;
  readonly yx: number;
  readonly yy: number;
}

/** The map that changes nothing. */
export const IDENTITY: LinearMap = { xx: 1, xy: 0, yx: 0, yy: 1 };

/** The map that does what `first` does, and then what `second` does. */
export function compose(first: LinearMap, second: LinearMap): LinearMap {
  return {
    xx: second.xx * first.xx + second.xy * first.yx,
    xy: second.xx * first.xy + second.xy * first.yy,
    yx: second.yx * first.xx + second.yy * first.yx,
    yy: second.yx * first.xy + second.yy * first.yy,
  };
}
