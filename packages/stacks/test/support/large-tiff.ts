import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import {
  directorySize,
  encodeDirectory,
  encodeHeader,
  type PageDescription,
} from '../../src/formats/tiff/write/directory.ts';

/** Sides of a section of the large file, pixels. */
export const SIDE = 4096;
/** Sections of it: 20 GiB in all. */
export const DEPTH = 1280;
/** The section that is not all zeros, and its value. */
export const MARKED = { z: 1000, value: 7 };

/** Writes a BigTIFF of 20 GiB at `path`, of which the disk holds directories and one section. @returns its bytes */
export function writeLargeTiff(path: string): number {
  const strips = 64;
  const page: PageDescription = {
    width: SIDE,
    height: SIDE,
    dtype: 'uint8',
    compression: 'none',
    rowsPerStrip: SIDE / strips,
    stripByteCounts: new Array<number>(strips).fill((SIDE * SIDE) / strips),
    description: undefined,
    pixelSize: undefined,
  };
  const pageBytes = directorySize(page, true) + SIDE * SIDE;
  const file = openSync(path, 'w');
  writeSync(file, encodeHeader(true));
  let at = encodeHeader(true).length;
  for (let z = 0; z < DEPTH; z++, at += pageBytes) {
    const directory = encodeDirectory(page, at, z === DEPTH - 1 ? 0 : at + pageBytes, true);
    writeSync(file, directory, 0, directory.length, at);
    if (z === MARKED.z)
      writeSync(file, new Uint8Array(SIDE * SIDE).fill(MARKED.value), 0, SIDE * SIDE, at + directory.length);
  }
  ftruncateSync(file, at);
  closeSync(file);
  return at;
}
