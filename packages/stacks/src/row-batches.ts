import { dtypeOf, zeros, type StoredData, type StoredImage } from './dtype.ts';

/**
 * Puts rows of sections together to batches of `count` rows; the last one of a section has those that are left. Less than a
 * batch is held.
 *
 * @param take is given each batch, whose memory it must not keep; its first row in the section, from 0; and the section, from 0.
 * @returns what takes the next rows: any number of them, whole.
 */
export function rowBatches(
  { width, height }: Pick<StoredImage, 'width' | 'height'>,
  count: number,
  take: (batch: StoredImage, top: number, z: number) => Promise<void>,
): (rows: StoredData) => Promise<void> {
  let [z, top] = [0, 0];
  let held: StoredData | undefined;
  let heldRows = 0;
  return async (rows) => {
    for (let at = 0; at < rows.length;) {
      const batchRows = Math.min(count, height - top);
      const part = rows.subarray(at, at + (batchRows - heldRows) * width);
      at += part.length;
      let data = part;
      if (part.length < batchRows * width) {
        held ??= zeros(dtypeOf(rows), count * width);
        held.set(part, heldRows * width);
        heldRows += part.length / width;
        if (heldRows < batchRows) return;
        data = held.subarray(0, batchRows * width);
      }
      await take({ width, height: batchRows, data }, top, z);
      heldRows = 0;
      top += batchRows;
      if (top === height) [z, top] = [z + 1, 0];
    }
  };
}
