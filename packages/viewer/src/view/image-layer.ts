import type { GreyImage } from '@dilated-unet/core';
import type { Dtype } from '@dilated-unet/stacks';
import { TILE, type Level } from '../image/pyramid.ts';
import type { Size } from './camera.ts';
import { texture } from './gl.ts';
import { TextureCache } from './texture-cache.ts';
import { levelFor, tilesIn, type PlacedTile } from './tile-grid.ts';

/** A stack whose tiles are drawn. */
export interface DrawnStack {
  readonly levels: readonly Level[];
  readonly dtype: Dtype;
  /** Reads a tile of a section. */
  readonly read: (z: number, tile: PlacedTile, signal: AbortSignal) => Promise<GreyImage>;
}

/** A part of a section, pixels. */
type Part = { readonly x: number; readonly y: number } & Size;

export type DrawableTile = PlacedTile & { readonly texture: WebGLTexture };

interface DrawableTiles {
  readonly drawn: readonly DrawableTile[];
  /** Whether no finer tile is missing. */
  readonly isWhole: boolean;
  /** Whether one of them cannot be read. */
  readonly hasFailed: boolean;
}

/** Tiles that are read at once. */
const AT_ONCE = 4;
/** Bytes of textures that are kept. */
const MOST_BYTES = 384 * 2 ** 20;

/** The tiles of a stack as textures: reads those that are in view, the nearest to its middle first, and gives up others. */
export class ImageLayer {
  readonly #gl: WebGL2RenderingContext;
  readonly #stack: DrawnStack;
  readonly #onTile: () => void;
  readonly #textures: TextureCache;
  readonly #reading = new Map<string, AbortController>();
  readonly #failed = new Set<string>();
  /** What this frame lacks. */
  readonly #missing = new Map<string, { readonly z: number; readonly tile: PlacedTile }>();

  /** @param onTile called when a tile is there, or cannot be read. */
  constructor(gl: WebGL2RenderingContext, stack: DrawnStack, onTile: () => void) {
    this.#gl = gl;
    this.#stack = stack;
    this.#onTile = onTile;
    this.#textures = new TextureCache(gl, MOST_BYTES);
  }

  /** Grey values that a texture gives as 1. */
  get scale(): number {
    return this.#stack.dtype === 'uint8' ? 255 : 1;
  }

  /**
   * What of section `z` can be drawn now, coarse tiles first; what is missing is read when the frame ends.
   *
   * @param part of the section, pixels. @param zoom screen pixels for one of the section.
   */
  tiles(z: number, part: Part, zoom: number): DrawableTiles {
    const { levels } = this.#stack;
    const wanted = levelFor(levels, zoom);
    const seen = tilesIn(wanted, levels[wanted] as Level, part, TILE);
    const missing = seen.filter((tile) => this.#textures.get(keyOf(z, tile)) === undefined);
    for (const tile of missing) this.#missing.set(keyOf(z, tile), { z, tile });
    const hasFailed = missing.some((tile) => this.#failed.has(keyOf(z, tile)));
    return { drawn: this.known(z, part, zoom), isWhole: missing.length === 0, hasFailed };
  }

  /** The same of what is there, without asking for more. */
  known(z: number, part: Part, zoom: number): readonly DrawableTile[] {
    const { levels } = this.#stack;
    const wanted = levelFor(levels, zoom);
    const drawn: DrawableTile[] = [];
    for (let level = levels.length - 1; level >= wanted; level--) {
      for (const tile of tilesIn(level, levels[level] as Level, part, TILE)) {
        const known = this.#textures.get(keyOf(z, tile));
        if (known !== undefined) drawn.push({ ...tile, texture: known });
      }
    }
    return drawn;
  }

  /** Ends a frame: reads what it lacked, and gives up what it did not ask for. */
  end(): void {
    for (const [key, control] of this.#reading) {
      if (this.#missing.has(key)) continue;
      control.abort();
      this.#reading.delete(key);
    }
    for (const [key, { z, tile }] of this.#missing) {
      if (this.#reading.size >= AT_ONCE) break;
      if (!this.#reading.has(key) && !this.#failed.has(key)) void this.#read(z, tile, key);
    }
    // What comes into view again is read again.
    for (const key of this.#failed) if (!this.#missing.has(key)) this.#failed.delete(key);
    this.#missing.clear();
  }

  dispose(): void {
    for (const control of this.#reading.values()) control.abort();
    this.#textures.deleteAll();
  }

  async #read(z: number, tile: PlacedTile, key: string): Promise<void> {
    const control = new AbortController();
    this.#reading.set(key, control);
    try {
      const image = await this.#stack.read(z, tile, control.signal);
      if (control.signal.aborted) return;
      const isByte = this.#stack.dtype === 'uint8';
      const data = isByte ? image.data : new Float32Array(image.data);
      const made = texture(this.#gl, isByte ? 'byte' : 'float', { ...image, data }, isByte);
      this.#textures.set(key, made, data.byteLength);
      this.#onTile();
    } catch {
      if (control.signal.aborted) return;
      this.#failed.add(key);
      this.#onTile();
    } finally {
      if (this.#reading.get(key) === control) this.#reading.delete(key);
    }
  }
}

function keyOf(z: number, { level, column, row }: PlacedTile): string {
  return `${z}:${level}:${column}:${row}`;
}
