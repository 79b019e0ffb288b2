/** Textures by key, the ones least recently drawn deleted where they take more than `most` bytes. */
export class TextureCache {
  readonly #gl: WebGL2RenderingContext;
  readonly #most: number;
  readonly #entries = new Map<string, { readonly texture: WebGLTexture; readonly bytes: number }>();
  #bytes = 0;

  constructor(gl: WebGL2RenderingContext, most: number) {
    this.#gl = gl;
    this.#most = most;
  }

  get(key: string): WebGLTexture | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.texture;
  }

  set(key: string, texture: WebGLTexture, bytes: number): void {
    this.delete(key);
    this.#entries.set(key, { texture, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#most || oldest === key) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#gl.deleteTexture(entry.texture);
    this.#bytes -= entry.bytes;
    this.#entries.delete(key);
  }

  /** Deletes those whose key begins with `prefix`; all for an empty one. */
  deleteAll(prefix = ''): void {
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.delete(key);
  }
}
