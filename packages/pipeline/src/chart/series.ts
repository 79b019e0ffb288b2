export interface Series {
  readonly label: string;
  /** In the order in which they are joined. A point that is not finite, or not above 0 on a log axis, leaves a gap. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** Place of its colour in `PALETTE`. @default its place among the series */
  readonly colour?: number;
  /** `faint` is a thin, pale line that the legend leaves out. @default 'plain' */
  readonly style?: 'plain' | 'dashed' | 'faint';
}
