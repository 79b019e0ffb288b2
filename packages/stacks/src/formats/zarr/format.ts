import type { FolderFormat } from '../format.ts';

/** The metadata files of a group or an array: of zarr 3, and of zarr 2. */
const MARKS = ['zarr.json', '.zattrs', '.zgroup', '.zarray'];

/** OME-Zarr 0.4 and 0.5, and plain arrays of zarr 2 and 3. What reads them is loaded when one is opened. */
export const ZARR: FolderFormat = {
  kind: 'folder',
  name: 'OME-Zarr',
  marks: MARKS,
  recognises: (names) => names.some((name) => MARKS.includes(name)),
  open: async (folder, _, options) => (await import('./read/open.ts')).openZarr(folder, options),
};
