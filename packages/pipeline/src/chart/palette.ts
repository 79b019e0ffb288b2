/**
 * Seven colours for lines on white that stay apart in every common form of colour blindness: Okabe & Ito, "Color
 * universal design" (2008), without the yellow, which white swallows.
 */
export const PALETTE = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000'] as const;

/** Colour of place `i` from 0; they begin anew after the seventh. */
export function colourAt(i: number): string {
  return PALETTE[i % PALETTE.length] as string;
}
