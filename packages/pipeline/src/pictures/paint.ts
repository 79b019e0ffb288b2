import type { GreyImage } from '@dilated-unet/core';
import { IGNORED } from '@dilated-unet/stacks';

/** Red, green, blue; 0 ... 255. */
export type Colour = readonly [number, number, number];

/**
 * Three colours that stay apart in every common form of colour blindness and on grey (after Okabe & Ito 2008, lightened
 * or darkened where the micrograph hides them).
 */
export const COLOURS = {
  /** Membrane that is predicted and labelled. */
  found: [70, 180, 250],
  /** Membrane that is predicted only. */
  invented: [255, 195, 20],
  /** Membrane that is labelled only. */
  missed: [225, 30, 110],
  /** Membrane that is predicted where labels do not count. */
  unjudged: [205, 205, 205],
  /** Where labels do not count. */
  unlabelled: [86, 92, 150],
} as const satisfies Record<string, Colour>;

/** Share of the colour in a painted pixel; the rest is the micrograph. */
const OPACITY = 0.7;
/** Shares of the pixels that may become plain black and plain white, so that a few odd ones do not flatten the rest. */
const CLIP = 0.005;

/**
 * A micrograph in grey with the predicted membrane painted over it: right, invented and missed in three colours where
 * there are labels, in a fourth where they do not count, else all of it in the colour of `found`.
 *
 * @param interior the result: 1 interior, 0 membrane; axes y, x, of the image's size.
 * @param label interior above 0, `IGNORED` of stacks where it does not count; same size; null where there is none.
 * @returns red, green and blue of each pixel, 0 ... 255; axes y, x, channel.
 */
export function paintMembranes(image: GreyImage, interior: GreyImage, label: GreyImage | null): Uint8Array {
  const grey = stretch(image);
  const out = new Uint8Array(grey.length * 3);
  for (let i = 0; i < grey.length; i++) {
    const predicted = interior.data[i] === 0;
    const labelled = label === null ? predicted : label.data[i] === 0;
    const isJudged = label?.data[i] !== IGNORED;
    const beside = isJudged ? COLOURS.invented : COLOURS.unjudged;
    const colour = predicted ? (labelled ? COLOURS.found : beside) : labelled ? COLOURS.missed : null;
    const value = grey[i] as number;
    for (let c = 0; c < 3; c++) {
      out[i * 3 + c] = colour === null ? value : Math.round(OPACITY * (colour[c] as number) + (1 - OPACITY) * value);
    }
  }
  return out;
}

/** The grey values from the darkest to the brightest (but for a clipped share at each end) as 0 ... 255. */
export function stretch({ data }: GreyImage): Uint8Array {
  const sampled = Float32Array.from(data.filter((_, i) => i % Math.ceil(data.length / 65536) === 0)).sort();
  const low = sampled[Math.floor(CLIP * (sampled.length - 1))] as number;
  const high = sampled[Math.ceil((1 - CLIP) * (sampled.length - 1))] as number;
  const scale = high > low ? 255 / (high - low) : 0;
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    out[i] = Math.round(Math.min(255, Math.max(0, ((data[i] as number) - low) * scale)));
  }
  return out;
}
