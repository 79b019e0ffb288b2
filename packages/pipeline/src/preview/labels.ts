import { IGNORED } from '@dilated-unet/stacks';
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

/** What neither the loss nor a score counts: below 0 in windows. */
const NOT_COUNTED: Painted = {
  name: 'not counted',
  colour: COLOURS.unlabelled,
  share: (label) => (label === IGNORED || label < 0 ? 1 : 0),
};

/** All that is painted. */
export const PAINTED: readonly Painted[] = [MEMBRANE, NOT_COUNTED];

/** What the legend explains. @param isPartial whether some labels do not count. */
export const legendOf = (isPartial: boolean): readonly Painted[] => (isPartial ? PAINTED : [MEMBRANE]);

/** Share of membrane in the labels that count, 0 ... 1; NaN where none does. */
export function membraneShare(labels: Uint8Array | Float32Array): number {
  let [sum, counted] = [0, labels.length];
  for (const label of labels) {
    sum += MEMBRANE.share(label);
    counted -= NOT_COUNTED.share(label);
  }
  return sum / counted;
}
