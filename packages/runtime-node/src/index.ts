/**
 * Segments electron micrographs in Node with a model that the trainer exported: ONNX Runtime in a worker thread, exact
 * tiles, section by section; a stack is read from a TIFF, a PNG or a folder of them.
 *
 * @example
 * import { createSegmenter, openStack, segmentRows, writeResult } from '@dilated-unet/runtime-node';
 *
 * const segmenter = await createSegmenter({ model: 'model.onnx' });
 * const stack = await openStack('stack.tif');
 * await writeResult('mask.tif', segmentRows(segmenter, stack), { depth: stack.shape[0], pixelSize: stack.pixelSize });
 * await stack.close?.();
 * await segmenter.dispose();
 *
 * @module
 */
export { openStack, readImage, readStack } from '@dilated-unet/stacks/node';
export { DEFAULT_TILE, defaultTile, WHOLE_IMAGE_PIXELS } from './default-tile.ts';
export { DEVICE_OPTIONS, installedDevices, type Device, type DeviceOption } from './devices/index.ts';
export { RESULT_OPTIONS, type ResultOption } from './results/index.ts';
export { DEFAULT_THRESHOLD } from './results/mask.ts';
export { DTYPE_OPTIONS, type DtypeOption, type ResultOptions } from './results/result.ts';
export { type ProbabilitySections, writeResult, type WriteResultOptions } from './write.ts';
export {
  segmentRows,
  segmentStack,
  type SectionRows,
  type SegmentStackOptions,
  type StackProgress,
} from './segment-stack.ts';
export { createSegmenter, type NodeSegmenter, type SegmenterOptions } from './segmenter.ts';
