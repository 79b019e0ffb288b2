import { instanceMembranes, section, type GreyStack } from '@dilated-unet/core';

/** Numbers from 0 to 1, the same for a seed (Park & Miller). */
function draws(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

export interface Tissue {
  /** Ids of cells that touch, from 1. */
  readonly ids: GreyStack<Uint16Array<ArrayBuffer>>;
  /** 1 interior, 0 membrane, 6 pixels wide. */
  readonly labels: GreyStack<Uint8Array<ArrayBuffer>>;
  /** Membranes are dark, in noise. */
  readonly images: GreyStack<Uint8Array<ArrayBuffer>>;
}

/** Sections of cells, of which each is another: the pixels that are nearest to a place of its own. */
export function tissue({ side = 64, depth = 4, cells = 12, seed = 1 } = {}): Tissue {
  const draw = draws(seed);
  const size = { width: side, height: side, depth };
  const ids = { ...size, data: new Uint16Array(side * side * depth) };
  const labels = { ...size, data: new Uint8Array(ids.data.length) };
  for (let z = 0; z < depth; z++) {
    const places = Array.from({ length: cells }, () => [draw() * side, draw() * side] as const);
    const own = section(ids, z);
    for (let p = 0; p < own.data.length; p++) {
      const distances = places.map(([x, y]) => (x - (p % side)) ** 2 + (y - Math.floor(p / side)) ** 2);
      own.data[p] = z * cells + distances.indexOf(Math.min(...distances)) + 1;
    }
    labels.data.set(instanceMembranes(own, 6).data, z * side * side);
  }
  const images = { ...size, data: Uint8Array.from(labels.data, (label) => 80 + 60 * label + 60 * draw()) };
  return { ids, labels, images };
}
