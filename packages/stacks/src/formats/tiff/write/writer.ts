import { InvalidImageError, InvalidOptionError } from '@dilated-unet/core';
import { BYTES_PER_VALUE, dtypeOf, type StoredData, type StoredImage } from '../../../dtype.ts';
import { rowBatches } from '../../../row-batches.ts';
import { align, directorySize, encodeDirectory, encodeHeader, type PageDescription } from './directory.ts';
import { CLASSIC_LIMIT, resolveWriterOptions, type ResolvedWriterOptions, type TiffWriterOptions } from './options.ts';
import { encodeStrip, rowsPerStrip } from './strips.ts';

/** Where the bytes of a file go: a file, memory. */
export interface ByteSink {
  /** Appends `bytes`, which the writer does not change afterwards. */
  write(bytes: Uint8Array): Promise<void> | void;
  /** Puts `bytes` in place of as many that were written, from byte `position` of the file on. */
  overwrite(position: number, bytes: Uint8Array): Promise<void> | void;
}

/** Strips that are compressed at once: the platform does it in threads. */
const AT_ONCE = { none: 1, deflate: 4 } as const;

/** A page of which all or some strips were appended, and whose directory was not. */
interface OpenPage {
  readonly description: PageDescription;
  /** That of `description`; 0 for the strips that did not come yet. */
  readonly stripByteCounts: number[];
  /** Byte offset of the room for its directory. */
  readonly start: number;
}

/**
 * Writes a TIFF stack of grey values or ids row by row, without knowing the number of pages. Less than a strip (64 KiB, or one
 * row where that is more) is held, less than four where they are compressed, and of one page the lengths of its strips.
 *
 * A page is its directory, its tables and its strips, in this order, so that a reader finds them in one read. Their size follows
 * from the number of strips: room is left for the directory, strips are appended, and the directory is put into its place when
 * the next page begins or at `close`, since it names the next one.
 *
 * Await each call before the next; the memory of the pixels may be used again then. After an error the file is not usable: write to
 * a temporary name, rename after `close`.
 *
 * @example
 * const writer = new TiffWriter(sink, { width: 512, height: 512, dtype: 'float32' });
 * for await (const image of images) await writer.addPage(image);
 * await writer.close();
 */
export class TiffWriter {
  readonly #sink: ByteSink;
  readonly #options: ResolvedWriterOptions;
  readonly #stripRows: number;
  readonly #addToStrips: (rows: StoredData) => Promise<void>;
  #page: OpenPage | undefined;
  /** Strips that are being compressed, in order, each as what appends it. */
  readonly #strips: (() => Promise<void>)[] = [];
  /** Bytes appended so far. */
  #position = 0;
  #pages = 0;
  /** Rows of the page that is not complete. */
  #rows = 0;
  #state: 'open' | 'busy' | 'failed' | 'closed' = 'open';

  /** @throws InvalidOptionError for an option that is not possible. */
  constructor(sink: ByteSink, options: TiffWriterOptions) {
    this.#sink = sink;
    this.#options = resolveWriterOptions(options);
    const { width, height, dtype } = this.#options;
    this.#stripRows = rowsPerStrip(width, height, BYTES_PER_VALUE[dtype]);
    this.#addToStrips = rowBatches(options, this.#stripRows, ({ data }, top) => this.#addStrip(data, top));
  }

  /** Pages that are complete. */
  get pages(): number {
    return this.#pages;
  }

  /**
   * Adds `image` as the next section.
   *
   * @throws InvalidImageError when its size or dtype is not that of the stack, its data does not fill it, it is one
   *   page more than `depth`, or the page before is not complete. @throws InvalidOptionError as `addRows`.
   */
  async addPage(image: StoredImage): Promise<void> {
    return this.#exclusively('addPage', async () => {
      this.#checkPage(image);
      await this.#add(image.data);
    });
  }

  /**
   * Adds the next rows of the section that is not complete, from the top; the first rows of all begin the first.
   *
   * @param rows axes y, x: one row or more, whole, none of the next section.
   * @throws InvalidImageError when their dtype is not that of the stack, they are not whole rows or more than are left of the
   *   section, or it is one page more than `depth`. @throws InvalidOptionError when a file with `bigTiff: false` would grow above
   *   4 GiB.
   */
  async addRows(rows: StoredData): Promise<void> {
    return this.#exclusively('addRows', async () => {
      this.#checkRows(rows);
      await this.#add(rows);
    });
  }

  /**
   * Writes what is open of the last page; the file is complete then.
   *
   * @throws InvalidImageError when no page was added, another number of pages than `depth`, or rows are missing.
   */
  async close(): Promise<void> {
    return this.#exclusively('close', async () => {
      const { depth } = this.#options;
      this.#requireWholePage('Add the others before closing.');
      if (this.#pages === 0 || (depth !== undefined && this.#pages !== depth)) {
        throw new InvalidImageError(
          `The stack has ${this.#pages} pages, not ${depth ?? 'at least 1'}. Add the pages before closing.`,
        );
      }
      await this.#writeDirectory(0);
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

  #checkPage(image: StoredImage): void {
    const { width, height, dtype } = this.#options;
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
    this.#requireWholePage('Add the others before the next page.');
  }

  #checkRows(rows: StoredData): void {
    const { width, height, dtype } = this.#options;
    const received = dtypeOf(rows);
    const left = height - this.#rows;
    if (received === dtype && rows.length > 0 && rows.length % width === 0 && rows.length <= left * width) return;
    throw new InvalidImageError(
      `Page ${this.#pages + 1} was given ${rows.length} values of ${received}; its next rows are 1 to ${left} of ` +
        `${width} values of ${dtype}. Give whole rows, and none of the next page.`,
    );
  }

  #requireWholePage(what: string): void {
    if (this.#rows === 0) return;
    throw new InvalidImageError(
      `Page ${this.#pages + 1} has ${this.#rows} of its ${this.#options.height} rows. ${what}`,
    );
  }

  async #add(rows: StoredData): Promise<void> {
    const { width, height, depth } = this.#options;
    if (this.#pages === depth) {
      throw new InvalidImageError(`The stack was announced with ${depth} pages; this is one more. Raise depth.`);
    }
    await this.#addToStrips(rows);
    this.#rows += rows.length / width;
    if (this.#rows < height) return;
    while (this.#strips.length > 0) await this.#appendStrip();
    await this.#append(new Uint8Array(align(this.#position) - this.#position));
    this.#pages++;
    this.#rows = 0;
  }

  /** @param top its first row in the page. */
  async #addStrip(rows: StoredData, top: number): Promise<void> {
    const page = top === 0 ? await this.#beginPage() : (this.#page as OpenPage);
    const encoded = encodeStrip(rows, this.#options.compression);
    // It may fail while the one before it is appended; its turn to be heard comes.
    encoded.catch(() => undefined);
    this.#strips.push(async () => {
      const strip = await encoded;
      await this.#append(strip);
      page.stripByteCounts[top / this.#stripRows] = strip.length;
    });
    if (this.#strips.length === AT_ONCE[this.#options.compression]) await this.#appendStrip();
  }

  async #appendStrip(): Promise<void> {
    await this.#strips.shift()?.();
  }

  async #beginPage(): Promise<OpenPage> {
    const { bigTiff, width, height, dtype, compression, description, pixelSize } = this.#options;
    if (this.#page === undefined) await this.#append(encodeHeader(bigTiff));
    else await this.#writeDirectory(this.#position);
    const stripByteCounts = new Array<number>(Math.ceil(height / this.#stripRows)).fill(0);
    const page: PageDescription = {
      width,
      height,
      dtype,
      compression,
      rowsPerStrip: this.#stripRows,
      stripByteCounts,
      description: this.#page === undefined ? description : undefined,
      pixelSize: this.#page === undefined ? pixelSize : undefined,
    };
    this.#page = { description: page, stripByteCounts, start: this.#position };
    await this.#append(new Uint8Array(directorySize(page, bigTiff)));
    return this.#page;
  }

  /** @param next byte offset of the directory behind that of the page, 0 where there is none. */
  async #writeDirectory(next: number): Promise<void> {
    const { description, start } = this.#page as OpenPage;
    await this.#sink.overwrite(start, encodeDirectory(description, start, next, this.#options.bigTiff));
  }

  async #append(bytes: Uint8Array): Promise<void> {
    if (!this.#options.bigTiff && this.#position + bytes.length > CLASSIC_LIMIT) {
      const rule = `must be true or auto for a file above 4 GiB, which page ${this.#pages + 1} reaches`;
      throw new InvalidOptionError('bigTiff', rule, false);
    }
    if (bytes.length > 0) await this.#sink.write(bytes);
    this.#position += bytes.length;
  }
}
