import {
  normalise,
  section,
  stackNormalisation,
  stackNormalisations,
  type GreyImage,
  type Normalisation,
} from '@dilated-unet/core';
import { median } from '@dilated-unet/host';
import type { DividedStack } from '@dilated-unet/trainer';
import { membraneShare } from './labels.ts';
import type { Labelled } from './pictures.ts';

/** A labelled section, as a training uses it. */
export interface PreviewSection {
  /** Name of its stack; null where there is one. */
  readonly stack: string | null;
  /** In the stack, from 1. */
  readonly number: number;
  /** Whether it is a part of that section: of a stack that is too large for memory, parts are looked at. */
  readonly isPart: boolean;
  readonly isHeldOut: boolean;
  /** Share of membrane in its labels that count, 0 ... 1. */
  readonly membrane: number;
  /** Its own mean and deviation, raw grey values. */
  readonly own: Normalisation;
  /** What it is normalised by. */
  readonly normalisation: Normalisation;
  /** Raw grey values. */
  readonly image: GreyImage;
  readonly labels: GreyImage<Uint8Array>;
}

/** All sections with labels that count, in the order of the stack. */
export function previewSections({ name, train, heldOut, places, partPlaces }: DividedStack): readonly PreviewSection[] {
  const parts = [
    ...(train === null
      ? []
      : [{ ...train, places: partPlaces ?? places.train, isHeldOut: false, isPart: partPlaces !== null }]),
    ...(heldOut === null ? [] : [{ ...heldOut, places: places.heldOut, isHeldOut: true, isPart: false }]),
  ];
  return parts
    .flatMap(({ images, labels, by, normalisations, places: at, isHeldOut, isPart }) =>
      (normalisations ?? stackNormalisations(images, by)).map((normalisation, z) => {
        const [image, own] = [section(images, z), section(labels, z)];
        return {
          stack: name,
          number: 1 + (at[z] as number),
          isHeldOut,
          isPart,
          membrane: membraneShare(own.data),
          own: stackNormalisation({ ...image, depth: 1 }),
          normalisation,
          image,
          labels: own,
        };
      }),
    )
    .filter(({ membrane }) => !Number.isNaN(membrane))
    .sort((a, b) => a.number - b.number);
}

/** At most `most` of them, evenly spread, the first and the last among them; of several, one is the middle. */
export function evenly<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all;
  const middle = Math.floor(all.length / 2);
  if (most <= 1) return all.slice(middle, middle + most);
  return Array.from({ length: most }, (_, i) => all[Math.round((i * (all.length - 1)) / (most - 1))] as T);
}

/** A section as a network sees it. */
export function asSeen({ image, labels, normalisation }: PreviewSection): Labelled {
  const { width, height, data } = image;
  return { width, height, image: normalise(data, normalisation), labels: labels.data };
}

/** Sections on each side that a section is compared with: neighbours look alike. */
const NEIGHBOURS = 2;
/** A section is unlike its neighbours where it differs by more than so many times what sections usually do ... */
const UNLIKE = 5;
/** ... and by more than this share of the pixels. */
const LEAST = 0.05;

/** The sections whose share of membrane is far from the median of their neighbours and themselves. */
export function unlikeNeighbours(sections: readonly PreviewSection[]): readonly PreviewSection[] {
  const differences = sections.map(({ membrane }, i) => {
    const near = sections.slice(Math.max(0, i - NEIGHBOURS), i + NEIGHBOURS + 1);
    return Math.abs(membrane - median(near.map((one) => one.membrane)));
  });
  const most = Math.max(LEAST, UNLIKE * median(differences));
  return sections.filter((_, i) => (differences[i] as number) > most);
}

/** For example `Section 3`; of several stacks, `cord, section 3`. */
export function sectionName({ stack, number, isPart }: Pick<PreviewSection, 'stack' | 'number' | 'isPart'>): string {
  const name = `${isPart ? 'part of ' : ''}section ${number}`;
  return stack === null ? `${name[0]?.toUpperCase()}${name.slice(1)}` : `${stack}, ${name}`;
}
