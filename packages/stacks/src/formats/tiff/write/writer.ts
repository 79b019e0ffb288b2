import { InvalidImageError, InvalidOptionError } from '@dilated-unet/core';
import { BYTES_PER_VALUE, dtypeOf, type StoredImage } from '../../../dtype.ts';
import { align, directorySize, encodeDirectory, encodeHeader, headerSize, type PageDescription } from './directory.ts';
import { CLASSIC_LIMIT, resolveWriterOptions, type ResolvedWriterOptions, type TiffWriterOptions } from './options.ts';
import { encodeStrips, rowsPerStrip } from './strips.ts';

/** Where the bytes of a file go, in order: a file, a stream, memory. */
export interface ByteSink {
  /** Appends `bytes`, which the writer does not change afterwards. */
  write(bytes: Uint8Array): Promise<void> | void;
}

interface EncodedPage {
  readonly description: PageDescription;
  readonly strips: readonly Uint8Array[];
  readonly start: number;
  /** Byte offset after the page, where the next directory would lie. */
  readonly end: number;
}

/**
 * Writes a TIFF stack of grey values or ids page by page, in bounded memory, without knowing the number of pages and without seeking.
 *
 * A directory names the offset of the next one, and the last names none. So each page is held back, encoded, until the
 * next page or `close` tells which it is; then its directory, tables and strips are appended in this order. The offset
 * of the next directory is known by then, because it lies right behind the page. At most one encoded page is held.
 *
 * Await each call before the next. After an error the file is not usable: write to a temporary name, rename after
 * `close`.
 *
 * @example
 * const writer = new TiffWriter(sink, { width: 512, height: 512, dtype: 'float32' });
 * for await (const image of images) await writer.addPage(image);
 * await writer.close();
 */
export class TiffWriter {
  readonly #sink: ByteSink;
  readonly #options: ResolvedWriterOptions;
  #held: EncodedPage | undefined;
  #pages = 0;
  #state: 'open' | 'busy' | 'failed' | 'closed' = 'open';

  /** @throws InvalidOptionError for an option that is not possible. */
  constructor(sink: ByteSink, options: TiffWriterOptions) {
    this.#sink = sink;
    this.#options = resolveWriterOptions(options);
  }

  /** Pages added so far. */
  get pages(): number {
    return this.#pages;
  }

  /**
   * Adds `image` as the next section. Its pixels are copied before this returns.
   *
   * @throws InvalidImageError when its size or dtype is not that of the stack, its data does not fill it, or it is one
   *   page more than `depth`. @throws InvalidOptionError when a file with `bigTiff: false` would grow above 4 GiB.
   */
  async addPage(image: StoredImage): Promise<void> {
    return this.#exclusively('addPage', async () => {
      this.#check(image);
      const page = await this.#encode(image);
      await this.#flush(page.start);
      this.#held = page;
      this.#pages++;
    });
  }

  /**
   * Appends the last page; the file is complete then.
   *
   * @throws InvalidImageError when no page was added, or another number of pages than `depth`.
   */
  async close(): Promise<void> {
    return this.#exclusively('close', async () => {
      const { depth } = this.#options;
      if (this.#pages === 0 || (depth !== undefined && this.#pages !== depth)) {
        throw new InvalidImageError(
          `The stack has ${this.#pages} pages, not ${depth ?? 'at least 1'}. Add the pages before closing.`,
        );
      }
      await this.#flush(0);
    }).then(() => {
      this.#state = 'closed';
    });
  }

  async #exclusively(call: string, action: () => Promise<void>): Promise<void> {
    if (this.#state !== 'open') {
      throw new Error(`TiffWriter.${call} was called while the writer is ${this.#state}; await each call, close once.`);
    }
    this.#state = 'busy';
    try {
      await action();
      this.#state = 'open';
    } catch (error) {
      this.#state = 'failed';
      throw error;
    }
  }

  #check(image: StoredImage): void {
    const { width, height, dtype, depth } = this.#options;
    const received = dtypeOf(image.data);
    if (image.width !== width || image.height !== height || received !== dtype) {
      throw new InvalidImageError(
        `Page ${this.#pages + 1} has ${image.width} x ${image.height} pixels of ${received}; the stack has ` +
          `${width} x ${height} of ${dtype}. Give every page the size and type that the writer was made with.`,
      );
    }
    if (image.data.length !== width * height) {
      throw new InvalidImageError(
        `Page ${this.#pages + 1} has ${image.data.length} values for ${width} x ${height} pixels. Give one value a pixel.`,
      );
    }
    if (this.#pages === depth) {
      throw new InvalidImageError(`The stack was announced with ${depth} pages; this is one more. Raise depth.`);
    }
  }

  async #encode(image: StoredImage): Promise<EncodedPage> {
    const { width, height, dtype, compression, bigTiff, description, pixelSize } = this.#options;
    const strips = await encodeStrips(image, compression);
    const stripByteCounts = strips.map((strip) => strip.length);
    const page: PageDescription = {
      width,
      height,
      dtype,
      compression,
      rowsPerStrip: rowsPerStrip(width, height, BYTES_PER_VALUE[dtype]),
      stripByteCounts,
      description: this.#pages === 0 ? description : undefined,
      pixelSize: this.#pages === 0 ? pixelSize : undefined,
    };
    const start = this.#held?.end ?? headerSize(bigTiff);
    const length = directorySize(page, bigTiff) + stripByteCounts.reduce((sum, size) => sum + size, 0);
    const end = start + align(length);
    if (!bigTiff && end > CLASSIC_LIMIT) {
      throw new InvalidOptionError(
        'bigTiff',
        `must be true or auto for a file above 4 GiB, which page ${this.#pages + 1} begins`,
        false,
      );
    }
    return { description: page, strips, start, end };
  }

  /** Appends the page that is held back, or the header where there is none yet. */
  async #flush(next: number): Promise<void> {
    const { bigTiff } = this.#options;
    if (this.#held === undefined) {
      await this.#sink.write(encodeHeader(bigTiff));
      return;
    }
    const { description, strips, start, end } = this.#held;
    const directory = encodeDirectory(description, start, next, bigTiff);
    await this.#sink.write(directory);
    let position = start + directory.length;
    for (const strip of strips) {
      await this.#sink.write(strip);
      position += strip.length;
    }
    if (position < end) await this.#sink.write(new Uint8Array(end - position));
  }
}
