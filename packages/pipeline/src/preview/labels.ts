import { COLOURS, type Colour } from '../pictures/paint.ts';

/** What labels may say that is painted over an image. */
export interface Painted {
  readonly name: string;
  readonly colour: Colour;
  /** How much of it a label is, 0 ... 1, of a section (0 or 1) and of a window (anything between). */
  readonly share: (label: number) => number;
}

/** 0 is membrane, 1 is not, and between them lies the share of interior, along borders of labels that were moved. */
export const MEMBRANE: Painted = {
  name: 'membrane',
  colour: COLOURS.found,
  share: (label) => Math.max(0, 1 - Math.abs(label)),
};

/** All that is painted, and that the legend explains. */
export const PAINTED: readonly Painted[] = [MEMBRANE];

/** Share of membrane in labels, 0 ... 1. */
export function membraneShare(labels: Uint8Array | Float32Array): number {
  let sum = 0;
  for (const label of labels) sum += MEMBRANE.share(label);
  return sum / labels.length;
}
