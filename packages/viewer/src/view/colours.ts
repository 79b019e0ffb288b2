/** Red, green, blue; 0 ... 1. */
export type Rgb = readonly [number, number, number];

const rgb = (red: number, green: number, blue: number): Rgb => [red / 255, green / 255, blue / 255];

/** What the colours over the image mean. Found, missed and invented are those of the report (pipeline, `paint.ts`). */
export const COLOURS = {
  membrane: rgb(255, 106, 0),
  interior: rgb(46, 168, 130),
  found: rgb(70, 180, 250),
  missed: rgb(225, 30, 110),
  invented: rgb(255, 195, 20),
} as const;

/** As style sheets write it. */
export function css([red, green, blue]: Rgb): string {
  return `rgb(${[red, green, blue].map((value) => Math.round(255 * value)).join(' ')})`;
}
