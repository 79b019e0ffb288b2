import { readFileSync } from 'node:fs';
import { type ModelCard, withModelCard } from '@dilated-unet/core';

/** The graphs of fixtures/make_models.py, which prints these radii. */
const GRAPHS = {
  'tiny-unet': { receptiveFieldRadius: 90 },
  'tiny-dilated-unet': { receptiveFieldRadius: 553 },
} as const;

export type GraphName = keyof typeof GRAPHS;

/** The grey values of the tests' images: uniform in 0 ... 255. */
export const NORMALISATION = { mean: 127.5, std: 73.9 };

/** A fixture's graph, without a card. */
export function graph(name: GraphName = 'tiny-unet'): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../fixtures/${name}.onnx`, import.meta.url)));
}

/** A fixture as a whole model. `card` replaces fields of its card. */
export function model(name: GraphName = 'tiny-unet', card: Partial<ModelCard> = {}): Uint8Array {
  return withModelCard(graph(name), {
    format: 2,
    name,
    input: 'image',
    output: 'interior',
    stride: 8,
    ...GRAPHS[name],
    largestActivationBytes: 320,
    normalisation: NORMALISATION,
    ...card,
  });
}
