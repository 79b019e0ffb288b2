import { sectionSink, type StackSink } from '../../../sink.ts';
import type { TiffWriterOptions } from './options.ts';
import { TiffWriter, type ByteSink } from './writer.ts';

/**
 * A sink that writes a grey TIFF stack: sections in order, the regions of each in any order; at most two sections are
 * held.
 *
 * @throws InvalidOptionError for an option that is not possible.
 */
export function tiffSink(sink: ByteSink, options: TiffWriterOptions): StackSink {
  const writer = new TiffWriter(sink, options);
  return sectionSink(options, { add: (image) => writer.addPage(image), close: () => writer.close() });
}
