import { InvalidOptionError, type GreyStack, type IdImage } from '@dilated-unet/core';
import { SECTION_THICKNESS } from './phantom/membranes.ts';
import { growNeurites } from './phantom/neurites.ts';
import { placeOrganelles } from './phantom/organelles.ts';
import { createMicrotome } from './phantom/section.ts';

/** Pixels of the largest phantom that is made (1 GiB of working memory at most): 1024 sections of 512 x 512. */
const LARGEST = 2 ** 28;

export interface PhantomOptions {
  /** Number of sections, at least 1. */
  readonly sections: number;
  /** Width and height of a section, pixels, at least 32. */
  readonly size: number;
  /** Integer of 0 or more. The same seed gives the same stack. */
  readonly seed: number;
  /** Whether the cells are given as well, 4 bytes a pixel. @default false */
  readonly withCells?: boolean;
  /** Called after each section. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A stack and its labels. */
export interface Phantom {
  /** Grey values, 8 bit. */
  readonly images: GreyStack<Uint8Array>;
  /** 255 cell interior, 0 membrane. */
  readonly labels: GreyStack<Uint8Array>;
  /** Number of the cell of each pixel, from 1, without membranes between; null unless asked for. Of the size of the images. */
  readonly cells: (IdImage & { readonly depth: number; readonly data: Uint32Array<ArrayBuffer> }) | null;
}

/**
 * A synthetic stack of serial sections of neuropil as a transmission electron microscope sees it, with its labels:
 * 4 nm pixels, sections of 50 nm. Processes of all calibres are packed in space, cut section by section, and drawn with
 * membranes, mitochondria, vesicles, synapses, uneven staining and noise. Its grey values and profiles are distributed
 * as in the first-instar ventral nerve cord of Drosophila (ISBI-2012: Arganda-Carreras et al., Front. Neuroanat. 9:142,
 * 2015); docs/phantom.md describes it.
 *
 * @throws InvalidOptionError when a number is not one that a stack can have, or the stack would be too large.
 */
export function phantom({ sections, size, seed, withCells = false, onProgress }: PhantomOptions): Phantom {
  requireInteger('sections', sections, 1);
  requireInteger('size', size, 32);
  requireInteger('seed', seed, 0);
  const pixels = size * size;
  if (sections * pixels > LARGEST) {
    const most = Math.floor(LARGEST / pixels);
    throw new InvalidOptionError('sections', `must be at most ${most} where the size is ${size}`, sections);
  }
  const neurites = growNeurites({ size, depth: sections * SECTION_THICKNESS }, seed);
  const cut = createMicrotome({ size, neurites, organelles: placeOrganelles(neurites, seed) }, seed);
  const images = new Uint8Array(sections * pixels);
  const labels = new Uint8Array(sections * pixels);
  const cells = withCells ? new Uint32Array(sections * pixels) : null;
  for (let k = 0; k < sections; k++) {
    const section = cut(k);
    cells?.set(section.partition.cell, k * pixels);
    images.set(section.image, k * pixels);
    for (let i = 0; i < pixels; i++) labels[k * pixels + i] = section.labels[i] === 1 ? 255 : 0;
    onProgress?.(k + 1, sections);
  }
  const shape = { width: size, height: size, depth: sections };
  return {
    images: { ...shape, data: images },
    labels: { ...shape, data: labels },
    cells: cells && { ...shape, data: cells },
  };
}

function requireInteger(option: string, value: number, least: number): void {
  if (!(Number.isSafeInteger(value) && value >= least)) {
    throw new InvalidOptionError(option, `must be an integer of at least ${least}`, value);
  }
}
