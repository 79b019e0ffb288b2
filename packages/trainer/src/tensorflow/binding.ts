import { createRequire } from 'node:module';
import type * as tfjs from '@tensorflow/tfjs-node-gpu';
import { EnvironmentError } from '@dilated-unet/core';

/** The TensorFlow binding: `@tensorflow/tfjs-node-gpu`, which also serves machines without a GPU. */
export type TensorFlow = typeof tfjs;

let loaded: TensorFlow | undefined;

/**
 * The TensorFlow binding, loaded at the first call: what must stand in the environment (see child-process.ts) must stand there
 * before.
 *
 * @throws EnvironmentError when the set-up has not built it.
 */
export function tensorFlow(): TensorFlow {
  if (loaded !== undefined) return loaded;
  const require = createRequire(import.meta.url);
  // tfjs-node 4.22 calls util.isNullOrUndefined, which Node 23 removed.
  const util = require('node:util') as { isNullOrUndefined?: (value: unknown) => boolean };
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
  try {
    loaded = require('@tensorflow/tfjs-node-gpu') as TensorFlow;
  } catch (cause) {
    throw new EnvironmentError(
      'The TensorFlow binding cannot be loaded. Run `npx nx run tools:setup`, which builds it.',
      { cause },
    );
  }
  return loaded;
}
