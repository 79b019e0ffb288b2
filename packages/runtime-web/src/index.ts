/**
 * Segments electron micrographs in the browser: ONNX Runtime Web (WebGPU or WASM) in a worker, tile by tile.
 *
 * @example
 * import { createSegmenter } from '@dilated-unet/runtime-web';
 *
 * const segmenter = await createSegmenter({ model: '/models/unet.zip' }); // or an ONNX file
 * console.log(segmenter.device, segmenter.precision, segmenter.fallbackReason);
 * for await (const tile of segmenter.segment({ width: 512, height: 512, data: grey })) {
 *   draw(tile); // x, y, width, height, data: probability of cell interior
 * }
 * await segmenter.dispose();
 *
 * @module
 */
export { createSegmenter } from './create-segmenter.ts';
export type { ModelSource, WebSegmenterOptions } from './options.ts';
export type { WorkerLike } from './rpc/client.ts';
export type { AdapterDescription, DevicePreference, ModelFacts, Progress, WebDevice } from './rpc/protocol.ts';
export { DEFAULT_TILE } from './tile-size.ts';
export type { WebSegmenter } from './web-segmenter.ts';
