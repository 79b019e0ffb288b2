/** A ball of cytoplasm, or of an organelle; positions and lengths in pixels (4 nm) along x, y and z. */
export interface Ball {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly radius: number;
}

/** A cell process: overlapping balls along a path. */
export interface Neurite {
  /** Balls in order along the path. */
  readonly balls: readonly Ball[];
  /** Number of the cell, from 1; branches of one cell share it. */
  readonly cell: number;
}

/** The volume in which tissue is laid, pixels: x and y from 0 to `size`, z from 0 to `depth`. */
export interface Volume {
  readonly size: number;
  readonly depth: number;
}
