import { rowSink, type StackSink } from '../../../sink.ts';
import type { TiffWriterOptions } from './options.ts';
import { TiffWriter, type ByteSink } from './writer.ts';

/**
 * A sink that writes a grey TIFF stack: sections in order, the regions of each in any order. Of rows of full width from the top
 * down less than a strip is held (64 KiB, or one row where that is more), and less than four where they are compressed; of other regions the rows that cannot be written yet.
 *
 * @throws InvalidOptionError for an option that is not possible.
 */
export function tiffSink(sink: ByteSink, options: TiffWriterOptions): StackSink {
  const writer = new TiffWriter(sink, options);
  return rowSink(options, { add: (rows) => writer.addRows(rows), close: () => writer.close() });
}
