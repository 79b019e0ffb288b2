/**
 * Bytes per pixel of the widest tensor of the networks: the decoder's last concatenation at full resolution, 44 + 22
 * channels of float32, or 48 + 32 where an export pads each to a multiple of 16.
 */
export const WIDEST_BYTES_PER_PIXEL = 80 * 4;

/**
 * Largest side of a tile on WASM, pixels: its memory ends at 4 GiB, and the U-net was measured to need about 600
 * bytes per pixel (0.64 GiB at 1024, 2.2 GiB at 2048).
 */
export const MAX_WASM_TILE = 2048;

/** The limits of a WebGPU device that bound a tensor, bytes. */
export interface BufferLimits {
  readonly maxStorageBufferBindingSize: number;
  readonly maxBufferSize: number;
}

/**
 * Largest side of a square tile whose widest tensor a WebGPU device can bind as one storage buffer, a multiple of
 * `stride`. WebGPU's default of 128 MiB gives 640, 1 GiB 1824, 2 GiB (less 4 bytes) 2584.
 */
export function maxWebgpuTile(limits: BufferLimits, stride: number): number {
  const bytes = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  return Math.floor(Math.sqrt(bytes / WIDEST_BYTES_PER_PIXEL) / stride) * stride;
}
