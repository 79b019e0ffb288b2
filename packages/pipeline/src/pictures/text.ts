import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import opentype from 'opentype.js';

/** Draws text as outlines, so that pictures look the same on machines without any font. */
export interface Lettering {
  /** SVG of `text` in one colour; its baseline starts at (`x`, `y`), pixels; `size` in pixels per em. */
  draw(text: string, x: number, y: number, size: number, colour: string): string;
  /** Width of `text`, pixels. */
  width(text: string, size: number): number;
}

/** The lettering of all pictures: B612, made to be read on cockpit screens (SIL Open Font License). */
export async function loadLettering(): Promise<Lettering> {
  const path = createRequire(import.meta.url).resolve('@fontsource/b612/files/b612-latin-400-normal.woff');
  const { buffer, byteOffset, byteLength } = await readFile(path);
  const font = opentype.parse(buffer.slice(byteOffset, byteOffset + byteLength));
  return {
    draw: (text, x, y, size, colour) => `<path fill="${colour}" d="${font.getPath(text, x, y, size).toPathData(2)}"/>`,
    width: (text, size) => font.getAdvanceWidth(text, size),
  };
}
