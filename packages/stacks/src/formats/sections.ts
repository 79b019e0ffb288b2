import { InvalidImageError } from '@dilated-unet/core';
import { AXES, requireRegion, type StackSource } from '../source.ts';
import type { ReadOptions } from '../bytes.ts';
import type { FilePlace, FolderFormat } from './format.ts';

/** Files that are sections, by name; those that begin with a dot are the system's. */
const SECTION = /^(?!\.).*\.(png|tiff?|tf[28]|btf)$/i;

const NATURAL = new Intl.Collator('en', { numeric: true });

/** The names that are sections, in natural order: `s2.png` before `s10.png`. */
export function sectionNames(names: Iterable<string>): string[] {
  return [...names].filter((name) => SECTION.test(name)).sort((a, b) => NATURAL.compare(a, b) || (a < b ? -1 : 1));
}

/** A section per file, in natural order of their names: PNG or TIFF of one page, all of one size and type. */
export const SECTIONS: FolderFormat = {
  kind: 'folder',
  name: 'sections',
  marks: [],
  recognises: (names) => sectionNames(names).length > 0,
  async open(folder, openFile, openOptions) {
    const files = sectionNames(await folder.list([], openOptions)).map((name) => folder.file(name)) as [
      FilePlace,
      ...FilePlace[],
    ];
    // Each is open only while it is read: a system allows a program about a thousand open files.
    const withSection = async <T>(
      file: FilePlace,
      options: ReadOptions,
      use: (source: StackSource) => Promise<T> | T,
    ): Promise<T> => {
      options.signal?.throwIfAborted();
      const source = await openFile(file, options);
      try {
        if (source.shape[0] === 1) return await use(source);
        throw new InvalidImageError(
          `${file.name} has ${source.shape[0]} pages. Each file of a folder of sections must have one; give the file ` +
            'itself where it is the stack.',
        );
      } finally {
        await source.close?.();
      }
    };
    const {
      shape: [, height, width],
      dtype,
      pixelSize,
      fromTop,
      readBytes: firstBytes = 0,
    } = await withSection(files[0], openOptions, (source) => source);
    let readBytes = firstBytes;
    for (const file of files.slice(1)) {
      await withSection(file, openOptions, ({ shape: [, rows, columns], dtype: type, readBytes: ownBytes = 0 }) => {
        readBytes = Math.max(readBytes, ownBytes);
        if (rows === height && columns === width && type === dtype) return;
        throw new InvalidImageError(
          `The sections differ: ${files[0].name} has ${width} x ${height} pixels of ${dtype}, ${file.name} has ` +
            `${columns} x ${rows} of ${type}. A stack needs sections of one size and type: name those of one kind with a pattern ` +
            `('slices/s*.tif'), or save them alike.`,
        );
      });
    }
    const shape = [files.length, height, width] as const;
    return {
      shape,
      axes: AXES,
      dtype,
      ...(pixelSize && { pixelSize }),
      ...(fromTop && { fromTop }),
      ...(readBytes > 0 && { readBytes }),
      read: async (z, region, options = {}) => {
        requireRegion(shape, z, region);
        return withSection(files[z] as FilePlace, options, (source) => source.read(0, region, options));
      },
    };
  },
};
