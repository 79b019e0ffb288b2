import type { FileFormat } from '../format.ts';
import { openTiff } from './read/stack.ts';

/** Either byte order, classic and BigTIFF. */
const MARKS = ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'];

export const TIFF: FileFormat = {
  kind: 'file',
  name: 'TIFF',
  recognises: (start) => MARKS.includes(String.fromCharCode(...start.subarray(0, 4))),
  open: openTiff,
};
