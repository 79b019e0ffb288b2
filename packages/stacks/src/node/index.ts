/**
 * Stacks on the disk of a Node program: TIFF files, PNG files, folders of sections and OME-Zarr, read part by part and
 * written whole or not at all.
 *
 * @example
 * import { openStack, writeSections } from '@dilated-unet/stacks/node';
 * import { readSection } from '@dilated-unet/stacks';
 *
 * const source = await openStack('sections/s*.png');
 * const [depth] = source.shape;
 * async function* all() {
 *   for (let z = 0; z < depth; z++) yield await readSection(source, z);
 * }
 * await writeSections('stack.tif', all(), { depth });
 * await source.close?.();
 *
 * @module
 */
export { fileBytes } from './file.ts';
export { fileSink } from './file-sink.ts';
export {
  openLabels,
  openStack,
  readImage,
  readSizedLabels,
  readSizedStack,
  readStack,
  type SizedStack,
} from './open.ts';
export { countedPart, labelSource, type CountedPart, type IgnoredParts } from '../labels/label-source.ts';
export { notFinite } from '../checks.ts';
export { IdNumbers } from '../ids.ts';
export { allIgnoredText, countedText, emptyMaskText, lackingValueText, maskSizeText } from '../labels/ignore-text.ts';
export { listedSections } from '../labels/section-list.ts';
export { resampledLabels } from '../resampled-source.ts';
export { labelsIn } from './labels-in.ts';
export { folderTaking, isUrl, placeText, sectionFiles, stackFiles, stackPath } from './place.ts';
export { countMaskedLabels, interpretMaskedLabels } from './masked-labels.ts';
export { stackOutput, type StackOutput } from './output.ts';
export {
  writeRows,
  writeSections,
  type SectionRows,
  type WriteRowsOptions,
  type WriteSectionsOptions,
} from './write.ts';
