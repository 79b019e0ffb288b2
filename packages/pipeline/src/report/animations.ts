import { InvalidImageError, section, type GreyStack } from '@dilated-unet/core';
import { IGNORED } from '@dilated-unet/stacks';
import sharp from 'sharp';
import { requireSameSize } from '../pictures/overlay.ts';
import { stretch } from '../pictures/paint.ts';
import { composeSheet, fitPanel, type Panel } from '../pictures/panel.ts';
import type { Picture } from './markdown.ts';

export interface AnimationOptions {
  /** File name without ending. */
  readonly name: string;
  /** Micrographs; axes z, y, x. */
  readonly images: GreyStack;
  /** Interior above 0, membrane 0, `IGNORED` of stacks where nothing is labelled, which is grey; of the images' size. */
  readonly masks: GreyStack;
  /** What stands above the left and above the right half. */
  readonly headings: readonly [string, string];
  readonly alt: string;
  /** Largest size of the file, bytes. @default 2.5 MiB, which pages show without delay */
  readonly limit?: number;
  readonly signal?: AbortSignal | undefined;
}

/** A moving picture, and which sections it shows. */
export interface MovingPicture extends Picture {
  /** A sentence for the caption where not all sections are shown. */
  readonly note?: string;
}

const LARGEST_PANEL = 360;
/** Milliseconds a section. */
const DELAY = 350;
/** Most sections shown: a little over a minute. All of them are one picture for the encoder. */
const MOST_SECTIONS = 200;
const LIMIT = 2.5 * 2 ** 20;
/** From fine to coarse: share of the largest panel, quality of WebP. */
const SETTINGS = [
  [1, 60],
  [0.8, 60],
  [0.64, 55],
  [0.5, 50],
  [0.32, 50],
] as const;

/**
 * A stack as a moving picture, section by section: the micrograph left, the mask right (white interior, black membrane),
 * with the section's number. Animated WebP, repeated for ever, made smaller until it fits. Of more than 200 sections, 200 are
 * shown, evenly spread, the first and the last among them.
 *
 * @throws InvalidImageError when the stacks differ in size, or even the coarsest picture exceeds the limit; the signal's
 *   reason once stopped.
 */
export async function animateStack(options: AnimationOptions): Promise<MovingPicture> {
  const { images, masks, name, alt, limit = LIMIT, signal } = options;
  requireSameSize(images, masks, 'masks');
  const shown = shownSections(images.depth);
  // Each section is read, stretched and scaled down once; coarser pictures are made of these.
  const panels: (readonly [Panel, Panel])[] = [];
  for (const z of shown) {
    signal?.throwIfAborted();
    panels.push(await panelsOf(options, z));
  }
  for (const [share, quality] of SETTINGS) {
    const frames: Buffer[] = [];
    let size = { width: 0, height: 0 };
    for (const [i, z] of shown.entries()) {
      signal?.throwIfAborted();
      const { image, ...own } = await frame(options, z, panels[i] as readonly [Panel, Panel], share * LARGEST_PANEL);
      frames.push(await image.raw().toBuffer());
      size = own;
    }
    const raw = {
      width: size.width,
      height: size.height * frames.length,
      channels: 3 as const,
      pageHeight: size.height,
    };
    const content = await sharp(Buffer.concat(frames), { raw })
      .webp({ quality, effort: 4, loop: 0, delay: frames.map(() => DELAY) })
      .toBuffer();
    if (content.length > limit) continue;
    const still = await sharp(frames[0], { raw: { ...size, channels: 3 } })
      .webp({ quality: 80 })
      .toBuffer();
    const isPart = shown.length < images.depth;
    const note = `${shown.length} of the ${images.depth} sections are shown, evenly spread.`;
    return { name: `${name}.webp`, content, type: 'image/webp', ...size, alt, still, ...(isPart && { note }) };
  }
  throw new InvalidImageError(
    `${shown.length} sections do not fit an animated picture of ${(limit / 2 ** 20).toFixed(1)} MiB. Show fewer of them.`,
  );
}

/** Places, from 0, of the sections that are shown of `depth`. */
function shownSections(depth: number): readonly number[] {
  if (depth <= MOST_SECTIONS) return Array.from({ length: depth }, (_, z) => z);
  return Array.from({ length: MOST_SECTIONS }, (_, i) => Math.round((i * (depth - 1)) / (MOST_SECTIONS - 1)));
}

/** Micrograph and mask of section `z`, no larger than the largest panel. */
async function panelsOf({ images, masks }: AnimationOptions, z: number): Promise<readonly [Panel, Panel]> {
  const { width, height } = images;
  const mask = new Uint8Array(width * height);
  section(masks, z).data.forEach((value, i) => (mask[i] = value === IGNORED ? IGNORED : value > 0 ? 255 : 0));
  const scaled = (data: Uint8Array): Promise<Panel> => fitPanel({ width, height, data, channels: 1 }, LARGEST_PANEL);
  return [await scaled(stretch(section(images, z))), await scaled(mask)];
}

/** Section `z`, of the same size as all others: its number is as long as the last. */
function frame(
  { images: { depth }, headings }: AnimationOptions,
  z: number,
  [image, mask]: readonly [Panel, Panel],
  side: number,
): ReturnType<typeof composeSheet> {
  const number = String(z + 1).padStart(String(depth).length, '0');
  return composeSheet({
    header: [],
    cells: [
      { lines: [headings[0]], panels: [image] },
      { lines: [`${headings[1]}, ${number} of ${depth}`], panels: [mask] },
    ],
    columns: 2,
    side,
  });
}
