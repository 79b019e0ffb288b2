import type { ByteSink } from '@dilated-unet/stacks';

/** A file that is written into memory piece by piece, and never copied whole. */
export class BlobSink implements ByteSink {
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];

  write(bytes: Uint8Array): void {
    this.#chunks.push(bytes.slice());
  }

  overwrite(position: number, bytes: Uint8Array): void {
    let start = 0;
    for (const chunk of this.#chunks) {
      const from = Math.max(position, start);
      const to = Math.min(position + bytes.length, start + chunk.length);
      if (from < to) chunk.set(bytes.subarray(from - position, to - position), from - start);
      start += chunk.length;
    }
  }

  /** The file. @param type its media type. */
  blob(type: string): Blob {
    return new Blob(this.#chunks, { type });
  }
}
