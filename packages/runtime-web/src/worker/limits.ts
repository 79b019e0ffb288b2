import type { ModelCard } from '@dilated-unet/core';

/**
 * Largest side of a tile on WASM, pixels: its memory ends at 4 GiB, and the U-net was measured to need about 850
 * bytes per pixel (1.0 GiB at 1024, 3.3 GiB at 2048).
 */
export const MAX_WASM_TILE = 2048;

/** The limits of a WebGPU device that bound a tensor, bytes. */
export interface BufferLimits {
  readonly maxStorageBufferBindingSize: number;
  readonly maxBufferSize: number;
}

/**
 * Largest side of a square tile whose widest tensor a WebGPU device can bind as one storage buffer, a multiple of the
 * model's stride. For 320 bytes per pixel WebGPU's default of 128 MiB gives 640, 1 GiB 1824, 2 GiB (less 4 bytes) 2584.
 */
export function maxWebgpuTile(
  limits: BufferLimits,
  { stride, largestActivationBytes }: Pick<ModelCard, 'stride' | 'largestActivationBytes'>,
): number {
  const bytes = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  return Math.floor(Math.sqrt(bytes / largestActivationBytes) / stride) * stride;
}
