import type { Ball, Volume } from './tissue.ts';

/** Side of a voxel of the occupancy grid, pixels: fine enough for the thinnest process, coarse enough to be quick. */
const VOXEL = 4;

/** Which cell holds which part of the volume, on a coarse grid that reaches `margin` pixels beyond it. */
export class Occupancy {
  readonly volume: Volume;
  readonly #margin: number;
  readonly #side: number;
  readonly #layers: number;
  readonly #cells: Int32Array;
  #taken = 0;

  constructor(volume: Volume, margin: number) {
    this.volume = volume;
    this.#margin = margin;
    this.#side = Math.ceil((volume.size + 2 * margin) / VOXEL);
    this.#layers = Math.ceil((volume.depth + 2 * margin) / VOXEL);
    this.#cells = new Int32Array(this.#side * this.#side * this.#layers);
  }

  /** Share of the grid that cells hold. */
  get filled(): number {
    return this.#taken / this.#cells.length;
  }

  /** The cell at the centre of `ball`; 0 where there is none. */
  at({ x, y, z }: Ball): number {
    const column = Math.floor((x + this.#margin) / VOXEL);
    const row = Math.floor((y + this.#margin) / VOXEL);
    const layer = Math.floor((z + this.#margin) / VOXEL);
    if (Math.min(column, row, layer) < 0 || Math.max(column, row) >= this.#side || layer >= this.#layers) return 0;
    return this.#cells[(layer * this.#side + row) * this.#side + column] as number;
  }

  /** Whether the centre of `ball` is in the grid and nothing but `cell` is in the ball. */
  fits(ball: Ball, cell: number): boolean {
    const { x, y, z } = ball;
    const { size, depth } = this.volume;
    const low = -this.#margin;
    if (Math.min(x, y, z) < low || Math.max(x, y) > size - low || z > depth - low) return false;
    return this.#each(ball, (index) => this.#cells[index] === 0 || this.#cells[index] === cell);
  }

  mark(ball: Ball, cell: number): void {
    this.#each(ball, (index) => {
      if (this.#cells[index] === 0) this.#taken++;
      this.#cells[index] = cell;
      return true;
    });
  }

  /** Calls `visit` with each voxel of the ball until it answers false; whether it never did. */
  #each({ x, y, z, radius }: Ball, visit: (index: number) => boolean): boolean {
    const r = radius / VOXEL;
    const cx = (x + this.#margin) / VOXEL - 0.5;
    const cy = (y + this.#margin) / VOXEL - 0.5;
    const cz = (z + this.#margin) / VOXEL - 0.5;
    const side = this.#side;
    for (let k = Math.max(0, Math.ceil(cz - r)); k <= Math.min(this.#layers - 1, cz + r); k++) {
      const inLayer = r * r - (k - cz) ** 2;
      const rowReach = Math.sqrt(inLayer);
      for (let j = Math.max(0, Math.ceil(cy - rowReach)); j <= Math.min(side - 1, cy + rowReach); j++) {
        const reach = Math.sqrt(Math.max(0, inLayer - (j - cy) ** 2));
        const start = (k * side + j) * side;
        for (let i = Math.max(0, Math.ceil(cx - reach)); i <= Math.min(side - 1, cx + reach); i++) {
          if (!visit(start + i)) return false;
        }
      }
    }
    return true;
  }
}
