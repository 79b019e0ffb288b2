import {
  InvalidImageError,
  InvalidOptionError,
  stackNormalisations,
  type GreyStack,
  type Normalisation,
  type NormalisingModel,
  type Rectangle,
  type Size,
} from '@dilated-unet/core';
import { IGNORED } from '@dilated-unet/stacks';
import type { Random } from '../random.ts';
import type { LabelledSection } from './augmentation/augment.ts';
import { columnAt, countedPositions, rowAt, type WindowPosition } from './counted-positions.ts';
import type { StreamedSections } from './streamed/sections.ts';

/** Sections that are in memory; labels: interior above 0, membrane 0, `IGNORED` of stacks where they do not count. */
export interface MemorySections {
  readonly images: GreyStack;
  readonly labels: GreyStack<Uint8Array>;
  /** Of each section. @default what the model says of these sections */
  readonly normalisations?: readonly Normalisation[] | undefined;
}

/** Sections that are in memory, or stay in their files. */
export type TrainedSections = MemorySections | StreamedSections;

/** What is asked of a stack. */
export interface Asked {
  /** Section, from 0, of those that are trained on. */
  readonly z: number;
  readonly region: Rectangle;
  /** Whether the images are not needed. @default false */
  readonly labelsOnly?: boolean;
}

/** What is given: the region, or more of the section. */
export type Part = Pick<LabelledSection, 'image' | 'labels' | 'of'>;

/** A position, or what must be seen of the labels before it is known. */
export type Drawn = WindowPosition | { readonly needed: Asked; readonly at: (part: Part) => WindowPosition };

/** Sections that windows are cut from. */
export interface WindowSource {
  /** Sides of a section, pixels. */
  readonly size: Size;
  /** Pixels of all sections that count. */
  readonly area: number;
  /** Takes three numbers, for the windows that earlier versions cut, or one where labels are partial. */
  readonly draw: (random: Random) => Drawn;
  readonly normalisationOf: (z: number) => Normalisation;
}

interface Windows {
  /** Side, pixels. */
  readonly window: number;
  readonly endExcluded: boolean;
}

/** @throws InvalidOptionError when the window does not fit into a section, InvalidImageError when no pixel of the labels counts. */
export function windowSource(train: TrainedSections, model: NormalisingModel, windows: Windows): WindowSource {
  return 'files' in train ? streamedSource(train, model, windows) : memorySource(train, model, windows);
}

function memorySource(
  { images, labels, normalisations: own }: MemorySections,
  model: NormalisingModel,
  windows: Windows,
): WindowSource {
  requireWindow(images, windows);
  const normalisations = own ?? stackNormalisations(images, model);
  const normalisationOf = (z: number): Normalisation => normalisations[z] as Normalisation;
  if (!labels.data.includes(IGNORED))
    return { size: images, ...anywhere(images, images.depth, windows), normalisationOf };
  const positions = countedPositions(labels, windows.window);
  requireCounted(positions);
  return {
    size: images,
    area: positions.area,
    draw: (random) => positions.at(random.integer(positions.count)),
    normalisationOf,
  };
}

function streamedSource(
  { files: { size }, places, positions, normalisations }: StreamedSections,
  model: NormalisingModel,
  windows: Windows,
): WindowSource {
  requireWindow(size, windows);
  const normalisationOf = (z: number): Normalisation => normalisations?.[z] ?? model.normalisation;
  if (positions === null) return { size, ...anywhere(size, places.length, windows), normalisationOf };
  requireCounted(positions);
  return {
    size,
    area: positions.area,
    draw: (random) => {
      const { z, y, left, region } = rowAt(positions, random.integer(positions.count));
      const at = ({ labels }: Part): WindowPosition => ({ z, y, x: columnAt(positions, labels, region, left) });
      return { needed: { z, region, labelsOnly: true }, at };
    },
    normalisationOf,
  };
}

/** Every position of `depth` sections. */
function anywhere(
  { width, height }: Size,
  depth: number,
  { window, endExcluded }: Windows,
): Pick<WindowSource, 'area' | 'draw'> {
  const end = endExcluded ? 0 : 1;
  const [rows, columns] = [height - window + end, width - window + end];
  return {
    area: depth * width * height,
    draw: (random) => ({ z: random.integer(depth), y: random.integer(rows), x: random.integer(columns) }),
  };
}

function requireWindow({ width, height }: Size, { window, endExcluded }: Windows): void {
  const largest = Math.min(width, height) - (endExcluded ? 1 : 0);
  if (Number.isInteger(window) && window >= 1 && window <= largest) return;
  throw new InvalidOptionError('window', `must be an integer from 1 to ${largest}, the side of a section`, window);
}

function requireCounted({ count }: { readonly count: number }): void {
  if (count > 0) return;
  throw new InvalidImageError('No pixel of the labels counts, so that no window can be trained on. Label some.');
}
