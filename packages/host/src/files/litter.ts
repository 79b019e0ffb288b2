/**
 * Whether nobody means a file or folder of that name: file managers, network file systems and programs that synchronise put theirs
 * everywhere, nearly all with a dot in front, as the metadata of Zarr 2 have it, which are none of these.
 */
export function isLitter(name: string): boolean {
  return /^\.(?!z(?:array|attrs|group|metadata)$)|^(?:thumbs\.db|desktop\.ini)$/i.test(name);
}
