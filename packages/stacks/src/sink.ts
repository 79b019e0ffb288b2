import { InvalidImageError, InvalidOptionError, type Rectangle } from '@dilated-unet/core';
import { dtypeOf, zeros, type StoredData, type StoredDtype } from './dtype.ts';
import { requireRegion } from './source.ts';

/** Where a stack goes, section by section or region by region. After an error it is of no use any more. */
export interface StackSink {
  /**
   * Writes `data` as `region` of section `z`. Sections come in order, the regions of each in any order; rows of full width
   * from the top down go on at once. Await each call before the next.
   *
   * @param data axes y, x; of the stack's dtype; not kept, so that its memory may be used again once the promise is fulfilled
   * @throws InvalidOptionError when the region does not lie in the section or the section does not come where it should,
   * InvalidImageError when the data does not fill the region, is of another dtype, or pixels come twice.
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

/** Of the sections of a stack that is written. */
export interface SectionForm {
  /** Columns (x), pixels. */
  readonly width: number;
  /** Rows (y), pixels. */
  readonly height: number;
  readonly dtype: StoredDtype;
}

/** What takes the rows of a stack in order. */
export interface RowWriter {
  /** Takes the next rows of the section that is not complete: one or more, whole, none of the next section. Does not keep them. */
  readonly add: (rows: StoredData) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** A row of which not all pixels are there, or one above it is not complete. */
interface HeldRow {
  readonly values: StoredData;
  /** Columns that are there: the first, and the one behind the last. */
  readonly spans: (readonly [from: number, to: number])[];
}

/**
 * A sink over what takes rows in order. Rows that come from the top down and in full width go on as they come, and nothing is
 * held. Of other regions those rows are held that are not complete, or below one that is not.
 */
export function rowSink({ width, height, dtype }: SectionForm, writer: RowWriter): StackSink {
  const held = new Map<number, HeldRow>();
  let next = 0;
  /** Rows of section `next` that went on, and its pixels that did not come yet. */
  let [done, missing] = [0, width * height];

  const requireNew = ({ x, y, width: columns, height: rows }: Rectangle): void => {
    const isThere = (row: number): boolean =>
      row < done || (held.get(row)?.spans.some(([from, to]) => from < x + columns && x < to) ?? false);
    for (let row = y; row < y + rows; row++) {
      if (isThere(row)) {
        throw new InvalidImageError(`The regions of section ${next + 1} overlap. Write each pixel once.`);
      }
    }
  };
  const hold = ({ x, y, width: columns, height: rows }: Rectangle, data: StoredData): void => {
    for (let row = 0; row < rows; row++) {
      const whole = held.get(y + row) ?? { values: zeros(dtype, width), spans: [] };
      whole.values.set(data.subarray(row * columns, (row + 1) * columns), x);
      whole.spans.push([x, x + columns]);
      held.set(y + row, whole);
    }
  };
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
      if (dtypeOf(data) !== dtype) {
        throw new InvalidImageError(
          `The stack has ${dtype} values, and was given a ${data.constructor.name}. Give all one type.`,
        );
      }
      requireNew(region);
      missing -= data.length;
      if (region.width === width && region.y === done) {
        await writer.add(data);
        done += region.height;
      } else {
        hold(region, data);
      }
      for (let row = held.get(done); row !== undefined && isComplete(row, width); row = held.get(done)) {
        await writer.add(row.values);
        held.delete(done++);
      }
      if (done < height) return;
      next++;
      [done, missing] = [0, width * height];
    },
    async close() {
      if (missing < width * height) {
        throw new InvalidImageError(
          `Section ${next + 1} lacks ${missing} pixels. Write all of its regions before closing.`,
        );
      }
      await writer.close();
    },
  };
}

function isComplete({ spans }: HeldRow, width: number): boolean {
  return spans.reduce((sum, [from, to]) => sum + to - from, 0) === width;
}
