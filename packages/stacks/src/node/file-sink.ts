import type { FileHandle } from 'node:fs/promises';
import type { ByteSink } from '../formats/tiff/write/writer.ts';

/**
 * An empty file as a sink, from its first byte on; what `tiffSink` and `TiffWriter` write into.
 *
 * @param file open for writing, not for appending: Linux then appends what is to be overwritten.
 */
export function fileSink(file: FileHandle): ByteSink {
  let length = 0;
  const put = async (bytes: Uint8Array, position: number): Promise<void> => {
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at);
      at += bytesWritten;
    }
  };
  return {
    async write(bytes) {
      await put(bytes, length);
      length += bytes.length;
    },
    overwrite: (position, bytes) => put(bytes, position),
  };
}
