import { scaleBar } from './scale-bar.ts';

const [INSET, THICK] = [24, 5];

interface Measure {
  /** CSS pixels for a pixel of the section. */
  readonly zoom: number;
  /** Of a pixel of the section; null where it is not known. */
  readonly nanometres: number | null;
  /** Pixels of the screen for one of CSS. */
  readonly density: number;
}

/** A canvas with a scale bar, as a PNG. */
export async function viewPicture(drawn: OffscreenCanvas, { zoom, nanometres, density }: Measure): Promise<Blob> {
  const { width, height } = drawn;
  const context = new OffscreenCanvas(width, height).getContext('2d');
  if (context === null) throw new Error('The browser gives no canvas of this size. Make the window smaller.');
  context.fillStyle = 'black';
  context.fillRect(0, 0, width, height);
  context.drawImage(drawn, 0, 0);
  const { pixels, text } = scaleBar(zoom, nanometres);
  const [left, bottom] = [INSET * density, height - INSET * density];
  context.font = `600 ${14 * density}px system-ui, sans-serif`;
  context.lineJoin = 'round';
  context.strokeStyle = 'rgb(0 0 0 / 70%)';
  context.fillStyle = 'white';
  context.lineWidth = 3 * density;
  context.strokeRect(left, bottom - THICK * density, pixels * density, THICK * density);
  context.fillRect(left, bottom - THICK * density, pixels * density, THICK * density);
  context.strokeText(text, left, bottom - (THICK + 7) * density);
  context.fillText(text, left, bottom - (THICK + 7) * density);
  return context.canvas.convertToBlob({ type: 'image/png' });
}
