import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { evaluateStack, type GreyImage, type GreyStack } from '@dilated-unet/core';
import { writeFileAtomically } from '@dilated-unet/host';
import { IGNORED } from '@dilated-unet/stacks';
import { legendOf } from '../pictures/overlay.ts';
import { COLOURS, paintMembranes, stretch } from '../pictures/paint.ts';
import { composeSheet, type Panel } from '../pictures/panel.ts';

export interface PartialLabelsPictureOptions {
  /** Raw grey values; axes y, x. */
  readonly image: GreyImage;
  /** Interior above 0, membrane 0, all of it labelled; of the same size. */
  readonly labels: GreyImage<Uint8Array>;
  /** Probability of interior, 0 ... 1; of the same size. */
  readonly probabilities: GreyImage<Float32Array>;
  /** Absolute path of the picture, a JPEG; its folder is made. */
  readonly output: string;
}

const JPEG = { quality: 80, chromaSubsampling: '4:4:4', mozjpeg: true } as const;
/** Where somebody labelled: within these circles, as shares of the section's sides. */
const LABELLED = [
  { x: 0.36, y: 0.4, radius: 0.3 },
  { x: 0.74, y: 0.74, radius: 0.19 },
] as const;

/**
 * Draws a section, labels of parts of it, and a prediction with what those labels judge of it, side by side.
 *
 * @returns what the labels say of the prediction, for the page that shows the picture.
 */
export async function drawPartialLabelsPicture(options: PartialLabelsPictureOptions): Promise<string> {
  const { image, labels, probabilities, output } = options;
  const partly = partlyLabelled(labels);
  const { width, height } = image;
  const interior = { width, height, data: probabilities.data.map((p) => (p > 0.5 ? 1 : 0)) };
  const panel = (data: Uint8Array, channels: 1 | 3): Panel => ({ width, height, data, channels });
  const judged = legendOf(partly);
  const { image: sheet } = await composeSheet({
    header: [judged.slice(0, 3), [...judged.slice(3), { text: 'not labelled', colour: COLOURS.unlabelled }]],
    cells: [
      { lines: ['section'], panels: [panel(stretch(image), 1)] },
      { lines: ['labels'], panels: [panel(paintLabels(partly), 3)] },
      { lines: ['prediction beside the labels'], panels: [panel(paintMembranes(image, interior, partly), 3)] },
    ],
    columns: 3,
    side: Math.max(width, height),
  });
  await mkdir(dirname(output), { recursive: true });
  await writeFileAtomically(output, await sheet.jpeg(JPEG).toBuffer());

  const stackOf = <T extends Uint8Array | Float32Array>(one: GreyImage<T>): GreyStack<T> => ({ ...one, depth: 1 });
  const scores = (judge: GreyImage<Uint8Array>): string => {
    const { vRand, overlap } = evaluateStack(stackOf(probabilities), stackOf(judge), { ignore: IGNORED });
    return `membrane Dice ${overlap.membraneDice.toFixed(3)}, V_Rand ${vRand.toFixed(3)}`;
  };
  const counted = partly.data.filter((label) => label !== IGNORED).length / partly.data.length;
  return `${(100 * counted).toFixed(0)}% of the pixels count: ${scores(partly)}; all of them: ${scores(labels)}`;
}

/** `labels` within `LABELLED`, `IGNORED` elsewhere. */
function partlyLabelled({ width, height, data }: GreyImage<Uint8Array>): GreyImage<Uint8Array> {
  const isLabelled = (x: number, y: number): boolean =>
    LABELLED.some((circle) => Math.hypot(x / width - circle.x, y / height - circle.y) < circle.radius);
  return {
    width,
    height,
    data: data.map((label, i) => (isLabelled(i % width, Math.floor(i / width)) ? label : IGNORED)),
  };
}

/** White interior, black membrane. */
function paintLabels({ data }: GreyImage<Uint8Array>): Uint8Array {
  const out = new Uint8Array(3 * data.length);
  data.forEach((label, i) => {
    const grey = label > 0 ? 255 : 0;
    out.set(label === IGNORED ? COLOURS.unlabelled : [grey, grey, grey], 3 * i);
  });
  return out;
}
