/** A copy of `bytes` in which the value of directory entry `tag` of page `page` is `value` (classic, little endian). */
export function patchTag(bytes: Uint8Array, tag: number, value: number, page = 0): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  const slot = entryOf(view, tag, page) + 8;
  if (view.getUint16(slot - 6, true) === 3) view.setUint16(slot, value, true);
  else view.setUint32(slot, value, true);
  return copy;
}

/** A copy of `bytes` in which the entry `tag` of page `page` has another tag, and so is missing. */
export function dropTag(bytes: Uint8Array, tag: number, page = 0): Uint8Array {
  return renameTag(bytes, tag, 65000, page);
}

/** A copy of `bytes` in which the entry `tag` of page `page` is one of `other` (classic, little endian). */
export function renameTag(bytes: Uint8Array, tag: number, other: number, page = 0): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  view.setUint16(entryOf(view, tag, page), other, true);
  return copy;
}

/** Byte offset of the field that links the directory of page `page` to the next (classic, little endian). */
export function linkOffset(bytes: Uint8Array, page: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const directory = directoryOf(view, page);
  return directory + 2 + view.getUint16(directory, true) * 12;
}

function directoryOf(view: DataView, page: number): number {
  let directory = view.getUint32(4, true);
  for (let i = 0; i < page; i++) directory = view.getUint32(directory + 2 + view.getUint16(directory, true) * 12, true);
  return directory;
}

function entryOf(view: DataView, tag: number, page: number): number {
  const directory = directoryOf(view, page);
  for (let i = 0; i < view.getUint16(directory, true); i++) {
    const entry = directory + 2 + i * 12;
    if (view.getUint16(entry, true) === tag) return entry;
  }
  throw new Error(`Page ${page} has no tag ${tag}.`);
}
