import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GreyData, GreyStack } from '@dilated-unet/core';
import { encodeTiffStack } from '@dilated-unet/stacks';
import { afterAll, beforeAll } from 'vitest';

/** The folder of a test file, in which `write` writes. */
export let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stacks-'));
});
afterAll(() => rm(folder, { recursive: true }));

export function stackOf(data: GreyData, width = 4, height = 3): GreyStack {
  return { width, height, depth: data.length / (width * height), data };
}

export async function write(name: string, content: GreyStack | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content instanceof Uint8Array ? content : await encodeTiffStack(content));
  return path;
}

/** Two sections of 4 x 3: grey values 0 ... 23, and labels with a column of membrane. */
export const IMAGES = stackOf(Uint8Array.from({ length: 24 }, (_, i) => i));
export const LABELS = stackOf(Uint8Array.from({ length: 24 }, (_, i) => (i % 4 === 0 ? 0 : 255)));
