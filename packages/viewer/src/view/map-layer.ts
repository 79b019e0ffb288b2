import { SQUARE, type ByteMap } from './byte-map.ts';
import { texture } from './gl.ts';
import { meanPairs, picked } from './reduced-square.ts';
import { TextureCache } from './texture-cache.ts';

/** Bytes of textures that are kept. */
const MOST_BYTES = 192 * 2 ** 20;
/** Squares that are sent to the graphics card in one frame: each takes about a millisecond. */
const MOST_UPLOADS = 4;

/** A map as textures of its squares, as small as the screen allows, sent again when they change. */
export class MapLayer {
  readonly #gl: WebGL2RenderingContext;
  readonly #isProbability: boolean;
  readonly #textures: TextureCache;
  #versions = new Map<string, number>();
  /** The texture of each square that was made last. */
  #latest = new Map<string, string>();
  #map: ByteMap | null = null;
  #uploads = 0;

  /** @param isProbability whether 0 means unknown and squares are mixed where they are shown smaller. */
  constructor(gl: WebGL2RenderingContext, isProbability: boolean) {
    this.#gl = gl;
    this.#isProbability = isProbability;
    this.#textures = new TextureCache(gl, MOST_BYTES);
  }

  /** Begins a frame that shows `map`. */
  begin(map: ByteMap | null): void {
    this.#uploads = 0;
    if (map === this.#map) return;
    this.#map = map;
    this.#textures.deleteAll();
    this.#versions = new Map();
    this.#latest = new Map();
  }

  /** Whether a square has waited in this frame, so that another must come. */
  get isBehind(): boolean {
    return this.#uploads > MOST_UPLOADS;
  }

  /**
   * A square, reduced by a power of two; as it is known by another while it waits.
   *
   * @returns undefined where nothing is known.
   */
  square(column: number, row: number, reduction: number): WebGLTexture | undefined {
    const square = this.#map?.square(column, row);
    if (square === undefined) return undefined;
    const place = `${column},${row}`;
    const key = `${place},${reduction}`;
    const old = this.#textures.get(key);
    if (old !== undefined && this.#versions.get(key) === square.version) return old;
    if (++this.#uploads > MOST_UPLOADS) return old ?? this.#textures.get(this.#latest.get(place) ?? '');
    const reduced = this.#isProbability ? meanPairs(square, reduction) : picked(square, reduction);
    const made = texture(this.#gl, this.#isProbability ? 'two-bytes' : 'byte', reduced, this.#isProbability);
    this.#textures.set(key, made, reduced.data.byteLength);
    this.#versions.set(key, square.version);
    this.#latest.set(place, key);
    return made;
  }
}

/** Columns and rows of the squares that meet a part of a map. */
export function squaresIn(
  map: ByteMap,
  part: { x: number; y: number; width: number; height: number },
): readonly (readonly [number, number])[] {
  const range = (from: number, to: number, pixels: number): number[] => {
    const first = Math.max(0, Math.floor(from / SQUARE));
    const last = Math.min(Math.ceil(pixels / SQUARE), Math.ceil(to / SQUARE));
    return Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i);
  };
  const columns = range(part.x, part.x + part.width, map.width);
  return range(part.y, part.y + part.height, map.height).flatMap((row) =>
    columns.map((column) => [column, row] as const),
  );
}
