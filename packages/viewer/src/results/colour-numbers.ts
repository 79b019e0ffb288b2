import type { CellInstances } from '@dilated-unet/core';

/** Colours of cells, numbered from 1; a texture of bytes has room for so many. */
const COLOURS = 255;

/**
 * Numbers the colours of the cells of at least `minSize` pixels. A cell keeps its colour whatever the smallest size is, and
 * neighbours, whose ids follow one another, have different ones.
 */
export function colourNumbers(
  { count, labels }: CellInstances,
  minSize: number,
): { readonly count: number; readonly colours: Uint8Array<ArrayBuffer> } {
  const sizes = new Uint32Array(count + 1);
  for (const id of labels) sizes[id] = (sizes[id] as number) + 1;
  const colourOf = new Uint8Array(count + 1);
  let kept = 0;
  for (let id = 1; id <= count; id++) {
    if ((sizes[id] as number) < minSize) continue;
    kept++;
    colourOf[id] = 1 + ((id - 1) % COLOURS);
  }
  const colours = new Uint8Array(labels.length);
  for (let i = 0; i < colours.length; i++) colours[i] = colourOf[labels[i] as number] as number;
  return { count: kept, colours };
}
