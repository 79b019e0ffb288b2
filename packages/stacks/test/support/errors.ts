import { InvalidImageError } from '@dilated-unet/core';
import { expect } from 'vitest';
import { memoryBytes, openTiff, readTiffStack, type MemoryLimit } from '../../src/index.ts';

/** Asserts that reading `bytes` is refused with a message that matches all of `patterns`, already when it is opened. */
export async function expectRefused(
  bytes: Uint8Array,
  patterns: readonly RegExp[],
  limits?: MemoryLimit,
): Promise<void> {
  await expect(openTiff(memoryBytes(bytes), limits)).rejects.toThrow(InvalidImageError);
  await expectUndecodable(bytes, patterns, limits);
}

/** Asserts that decoding `bytes` is refused, where the checks before decoding cannot know it. */
export async function expectUndecodable(
  bytes: Uint8Array,
  patterns: readonly RegExp[],
  limits?: MemoryLimit,
): Promise<void> {
  const error: unknown = await readTiffStack(bytes, limits).then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(InvalidImageError);
  for (const pattern of patterns) expect((error as Error).message).toMatch(pattern);
}
