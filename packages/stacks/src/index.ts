/**
 * Stacks of grey sections, read part by part from wherever they lie, in Node and in the browser: sizes and directories
 * are checked before anything is decoded, so that a damaged file is an error and never a wrong image.
 *
 * @example
 * import { openTiff, readSection, urlBytes } from '@dilated-unet/stacks';
 * const source = await openTiff(await urlBytes('https://example.org/volume.tif'));
 * const [depth, height, width] = source.shape;
 * const middle = await readSection(source, depth >> 1);
 * const corner = await source.read(0, { x: 0, y: 0, width: 256, height: 256 });
 *
 * @module
 */
export { blobBytes, memoryBytes, urlBytes, type ByteSource, type ReadOptions } from './bytes.ts';
export { BYTES_PER_VALUE, type Dtype, type StoredData, type StoredDtype, type StoredImage } from './dtype.ts';
export type {
  AddressPlace,
  FileFormat,
  FilePlace,
  FolderFormat,
  FolderPlace,
  PartOptions,
  Place,
  StackFormat,
} from './formats/format.ts';
export { FORMATS } from './formats/index.ts';
export { openTiff, readTiffStack } from './formats/tiff/read/stack.ts';
export type { WriteCompression } from './formats/tiff/write/directory.ts';
export type { TiffEncoding, TiffWriterOptions } from './formats/tiff/write/options.ts';
export { tiffSink } from './formats/tiff/write/sink.ts';
export { encodeTiffStack } from './formats/tiff/write/stack.ts';
export { TiffWriter, type ByteSink } from './formats/tiff/write/writer.ts';
export type { ZarrWriterOptions } from './formats/zarr/write/options.ts';
export { zarrSink } from './formats/zarr/write/sink.ts';
export { requireContrast, requireFinite, sectionsText } from './checks.ts';
export type { IdNumbers } from './ids.ts';
export { binaryLabels, requireBothClasses } from './labels/binary.ts';
export { defaultBoundaryWidth, type DefaultBoundaryWidth } from './labels/boundary-width.ts';
export type { IgnoreMask, IgnoreRules } from './labels/ignore-rules.ts';
export { IGNORED, ignoredNote } from './labels/ignored.ts';
export type { CountedLabels } from './labels/counted.ts';
export {
  interpretCounted,
  interpretLabels,
  type InterpretedLabels,
  type LabelContext,
  type LabelOptions,
} from './labels/interpret.ts';
export {
  LABEL_KIND_OPTIONS,
  LABEL_KINDS,
  type BinaryLabelKind,
  type LabelKind,
  type LabelKindOption,
} from './labels/kinds.ts';
export type { LabelReading } from './labels/reading.ts';
export { SECTION_LIST } from './labels/section-list.ts';
export { labelFindings, labelWarnings, type LabelFindings, type NamedLabels } from './labels/warnings.ts';
export { openPlace } from './open.ts';
export type { MemoryLimit, OpenOptions, StackSelection } from './options.ts';
export type { Part } from './request.ts';
export { resampledSource } from './resampled-source.ts';
export type { FolderSink, StackSink } from './sink.ts';
export {
  readSection,
  readWhole,
  stackSource,
  type PixelSize,
  type ReadRegionOptions,
  type ReadWholeOptions,
  type StackOrigin,
  type StackSource,
} from './source.ts';
export { urlPlace } from './url-place.ts';
