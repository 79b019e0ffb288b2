/** Most bytes of a block. */
const BLOCK_BYTES = 2 ** 17;

/** A Zstandard frame (RFC 8878, section 3.1.1) of `count` times `byte`, in blocks that take four bytes each. */
export function zstdRepeated(byte: number, count: number): Uint8Array<ArrayBuffer> {
  // Magic number; no content size and no checksum; a window of 128 KiB.
  const bytes = [0x28, 0xb5, 0x2f, 0xfd, 0, 7 << 3];
  for (let left = count; left > 0;) {
    const size = Math.min(left, BLOCK_BYTES);
    left -= size;
    const header = (size << 3) | (1 << 1) | (left === 0 ? 1 : 0);
    bytes.push(header & 255, (header >> 8) & 255, (header >> 16) & 255, byte);
  }
  return Uint8Array.from(bytes);
}
