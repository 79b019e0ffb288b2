/**
 * Segments electron micrographs in Node with a model that the trainer exported: ONNX Runtime in a worker thread, exact
 * tiles, and grey TIFF and PNG files in and out.
 *
 * @example
 * import { createSegmenter, readStack, segmentStack, writeMask } from '@dilated-unet/runtime-node';
 *
 * const segmenter = await createSegmenter({ model: 'model.onnx' });
 * const stack = await readStack('stack.tif');
 * await writeMask('mask.tif', segmentStack(segmenter, stack), { depth: stack.depth });
 * await segmenter.dispose();
 *
 * @module
 */
export { DEFAULT_TILE, defaultTile, WHOLE_IMAGE_PIXELS } from './default-tile.ts';
export { DEVICE_OPTIONS, type DeviceOption } from './device.ts';
export { readImage, readStack } from './io/read.ts';
export {
  DEFAULT_THRESHOLD,
  type ProbabilitySections,
  writeMask,
  type WriteMaskOptions,
  writeProbabilities,
  type WriteProbabilitiesOptions,
} from './io/write.ts';
export { segmentStack, type SegmentStackOptions, type StackProgress } from './segment-stack.ts';
export { createSegmenter, type NodeSegmenter, type SegmenterOptions } from './segmenter.ts';
export type { Device } from './worker/protocol.ts';
