import type { GreyImage, GreyStack } from '@dilated-unet/core';

/** Numbers in 0 ... 1 that follow from `seed` (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** 8-bit noise. */
export function noise(width: number, height: number, seed = 1): GreyImage<Uint8Array> {
  const next = random(seed);
  return { width, height, data: Uint8Array.from({ length: width * height }, () => Math.floor(256 * next())) };
}

/** 8-bit noise, another in each section. */
export function noiseStack(width: number, height: number, depth: number, seed = 1): GreyStack<Uint8Array> {
  return { ...noise(width, height * depth, seed), height, depth };
}
