import type { BinaryLabelKind } from './kinds.ts';

/** What the values of labels stand for, to the last number: by it other parts of the same stack are read alike. */
export type LabelReading =
  | {
      readonly labelKind: BinaryLabelKind;
      /** The value that stands where 0 does: membrane of `interior`, interior of `membrane`. */
      readonly zero: number;
      /** The only other value. */
      readonly other: number;
    }
  | {
      readonly labelKind: 'instances';
      /** Pixels. */
      readonly boundaryWidth: number;
    };
