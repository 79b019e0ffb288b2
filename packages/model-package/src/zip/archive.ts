import { zipSync, type Zippable } from 'fflate';

/** The earliest that a zip can say, in local time as it has it. */
const TIME = new Date(1980, 0, 1);

/**
 * `files` by name as a zip: in the order of their names, all of one time, so that equal files make equal bytes.
 *
 * @returns the archive; weights hardly shrink, texts do.
 */
export function archive(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const names = [...files.keys()].sort();
  const entries: Zippable = {};
  for (const name of names) entries[name] = [files.get(name) as Uint8Array, { level: 6, mtime: TIME }];
  return zipSync(entries);
}
