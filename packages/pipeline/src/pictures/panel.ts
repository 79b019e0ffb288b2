import sharp, { type OverlayOptions as Layer, type Sharp } from 'sharp';
import type { Colour } from './paint.ts';
import { loadLettering } from './text.ts';

/** Pixels of one picture of a sheet. */
export interface Panel {
  readonly width: number;
  readonly height: number;
  /** Grey, or red, green and blue; axes y, x, channel. */
  readonly data: Uint8Array;
  readonly channels: 1 | 3;
}

/** Panels one below the other, under lines of text. */
export interface Cell {
  readonly lines: readonly string[];
  readonly panels: readonly Panel[];
}

export interface Sheet {
  /** Lines above all cells, each of words that may have a colour to explain. */
  readonly header: readonly (readonly { readonly text: string; readonly colour?: Colour }[])[];
  /** Row by row. */
  readonly cells: readonly Cell[];
  /** Cells side by side. */
  readonly columns: number;
  /** Largest side of a panel, pixels; larger ones are scaled down. */
  readonly side: number;
}

const GAP = 12;
const LINE = 26;
const TEXT = 15;
const SWATCH = 18;
const BACKGROUND = '#16181c';
const INK = '#e8e8e8';

/** The sheet as a picture without alpha, to be encoded by the caller, and its size. */
export async function composeSheet({ header, cells, columns, side }: Sheet): Promise<{
  readonly image: Sharp;
  readonly width: number;
  readonly height: number;
}> {
  const lettering = await loadLettering();
  const wide = (text: string): number => Math.ceil(lettering.width(text, TEXT));
  const sizeOf = (panel: Panel): Size => sizeWithin(panel, side);
  const svg: string[] = [];
  let headerWidth = 0;
  for (const [row, entries] of header.entries()) {
    const y = GAP + row * LINE + TEXT;
    let x = GAP;
    for (const { text, colour } of entries) {
      if (colour !== undefined) {
        const fill = `rgb(${colour.join(',')})`;
        svg.push(`<rect x="${x}" y="${y - TEXT + 1}" width="${SWATCH}" height="${TEXT}" fill="${fill}"/>`);
        x += SWATCH + 8;
      }
      svg.push(lettering.draw(text, x, y, TEXT, INK));
      x += wide(text) + 2 * GAP;
    }
    headerWidth = Math.max(headerWidth, x - GAP);
  }

  const cellWidth = Math.max(...cells.flatMap((c) => [...c.lines.map(wide), ...c.panels.map((p) => sizeOf(p).width)]));
  const heights = cells.map(
    (cell) => cell.lines.length * LINE + cell.panels.reduce((sum, panel) => sum + sizeOf(panel).height + GAP, 0),
  );
  const cellHeight = Math.max(...heights);
  const top = GAP + header.length * LINE;
  const layers: Layer[] = [];
  for (const [i, { lines, panels }] of cells.entries()) {
    const left = GAP + (i % columns) * (cellWidth + GAP);
    let y = top + Math.floor(i / columns) * cellHeight;
    for (const line of lines) {
      svg.push(lettering.draw(line, left, y + TEXT, TEXT, INK));
      y += LINE;
    }
    for (const panel of panels) {
      const input = await scaled(panel, side).png({ compressionLevel: 1 }).toBuffer();
      layers.push({ input, left, top: y });
      y += sizeOf(panel).height + GAP;
    }
  }
  const width = Math.max(headerWidth, GAP + Math.min(columns, cells.length) * (cellWidth + GAP));
  const height = top + Math.ceil(cells.length / columns) * cellHeight;
  const text = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${svg.join('')}</svg>`;
  const image = sharp({ create: { width, height, channels: 3, background: BACKGROUND } })
    .composite([...layers, { input: Buffer.from(text), left: 0, top: 0 }])
    .removeAlpha();
  return { image, width, height };
}

type Size = Pick<Panel, 'width' | 'height'>;

/** `panel`, scaled down where a side is larger than `side`, pixels. */
export async function fitPanel(panel: Panel, side: number): Promise<Panel> {
  const data = await scaled(panel, side)
    .toColourspace(panel.channels === 1 ? 'b-w' : 'srgb')
    .raw()
    .toBuffer();
  return { ...sizeWithin(panel, side), data, channels: panel.channels };
}

function scaled({ data, ...raw }: Panel, side: number): Sharp {
  const { width, height } = sizeWithin(raw, side);
  return sharp(data, { raw }).resize(width, height);
}

function sizeWithin({ width, height }: Size, side: number): Size {
  const scale = Math.min(1, side / Math.max(width, height));
  return { width: Math.round(scale * width), height: Math.round(scale * height) };
}
