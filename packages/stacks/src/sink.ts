import { InvalidImageError, InvalidOptionError, type Rectangle } from '@dilated-unet/core';
import { dtypeOf, zeros, type StoredData, type StoredImage } from './dtype.ts';
import { requireRegion } from './source.ts';

/** Where a stack goes, section by section or region by region. After an error it is of no use any more. */
export interface StackSink {
  /**
   * Writes `data` as `region` of section `z`. Await each call before the next.
   *
   * @param data axes y, x; of the stack's dtype; may be kept, and must not change afterwards
   * @throws InvalidOptionError when the region does not lie in the section, InvalidImageError when the data does not
   * fill it or the section does not come where it should.
   */
  write(z: number, region: Rectangle, data: StoredData): Promise<void>;
  /** Ends the stack. @throws InvalidImageError when something is missing. */
  close(): Promise<void>;
}

/** What takes the files of a folder. */
export interface FolderSink {
  /** Writes the file at `path` in the folder, names joined by `/`: whole, or not at all. */
  write(path: string, bytes: Uint8Array): Promise<void>;
}

/** What takes the sections of a stack whole and in order, as a TIFF does. */
export interface SectionWriter {
  readonly add: (image: StoredImage) => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * A sink over what takes whole sections only: regions of one section are put together until they fill it, which they
 * must do without overlap before the next section begins.
 */
export function sectionSink({ width, height }: Omit<Rectangle, 'x' | 'y'>, writer: SectionWriter): StackSink {
  let next = 0;
  let missing = width * height;
  let partial: StoredImage | undefined;
  return {
    async write(z, region, data) {
      if (z !== next) {
        throw new InvalidOptionError('z', `must be ${next}, the section that is not complete yet`, z);
      }
      requireRegion([Infinity, height, width], z, region);
      if (data.length !== region.width * region.height) {
        throw new InvalidImageError(
          `A region of ${region.width} x ${region.height} pixels was given ${data.length} values. Give one a pixel.`,
        );
      }
      missing -= data.length;
      let image: StoredImage = { width, height, data };
      if (data.length < width * height) {
        image = partial ??= { width, height, data: zeros(dtypeOf(data), width * height) };
        for (let y = 0; y < region.height; y++) {
          const row = data.subarray(y * region.width, (y + 1) * region.width);
          image.data.set(row, (region.y + y) * width + region.x);
        }
      }
      if (missing > 0) return;
      if (missing < 0) throw new InvalidImageError(`The regions of section ${z + 1} overlap. Write each pixel once.`);
      await writer.add(image);
      next++;
      missing = width * height;
      partial = undefined;
    },
    async close() {
      if (partial !== undefined) {
        throw new InvalidImageError(
          `Section ${next + 1} lacks ${missing} pixels. Write all of its regions before closing.`,
        );
      }
      await writer.close();
    },
  };
}
