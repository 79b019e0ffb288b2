import type { GreyImage, Segmentation } from '../../src/index.ts';

/** An 8-bit image of single digits, a string per row; `.` is 0. */
export function matrix(...rows: readonly string[]): GreyImage<Uint8Array> {
  const width = rows[0]?.length ?? 0;
  const digits = rows.join('').replaceAll('.', '0');
  return { width, height: rows.length, data: Uint8Array.from(digits, Number) };
}

/** The segmentation whose numbers `rows` show. */
export function segmentation(...rows: readonly string[]): Segmentation {
  const { width, height, data } = matrix(...rows);
  return { width, height, count: Math.max(...data), labels: Int32Array.from(data) };
}

/** What `matrix` and `segmentation` are made from, for a readable difference where a test fails. */
export function rowsOf({ width, height, labels }: Segmentation): readonly string[] {
  return Array.from({ length: height }, (_, y) =>
    [...labels.subarray(y * width, (y + 1) * width)].map((label) => (label === 0 ? '.' : String(label))).join(''),
  );
}
