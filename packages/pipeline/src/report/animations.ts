import { InvalidImageError, section, type GreyStack } from '@dilated-unet/core';
import { IGNORED } from '@dilated-unet/stacks';
import sharp from 'sharp';
import { requireSameSize } from '../pictures/overlay.ts';
import { stretch } from '../pictures/paint.ts';
import { composeSheet, type Panel } from '../pictures/panel.ts';
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
}

const LARGEST_PANEL = 360;
/** Milliseconds a section. */
const DELAY = 350;
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
 * with the section's number. Animated WebP, repeated for ever, made smaller until it fits.
 *
 * @throws InvalidImageError when the stacks differ in size, or even the coarsest picture exceeds the limit.
 */
export async function animateStack(options: AnimationOptions): Promise<Picture> {
  const { images, masks, name, alt, limit = LIMIT } = options;
  requireSameSize(images, masks, 'masks');
  for (const [share, quality] of SETTINGS) {
    const frames: Buffer[] = [];
    let size = { width: 0, height: 0 };
    for (let z = 0; z < images.depth; z++) {
      const { image, ...own } = await frame(options, z, share * LARGEST_PANEL);
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
    return { name: `${name}.webp`, content, type: 'image/webp', ...size, alt, still };
  }
  throw new InvalidImageError(
    `${images.depth} sections do not fit an animated picture of ${(limit / 2 ** 20).toFixed(1)} MiB. Show fewer of them.`,
  );
}

/** Section `z`, of the same size as all others: its number is as long as the last. */
function frame(
  { images, masks, headings }: AnimationOptions,
  z: number,
  side: number,
): ReturnType<typeof composeSheet> {
  const { width, height, depth } = images;
  const number = String(z + 1).padStart(String(depth).length, '0');
  const panel = (data: Uint8Array): Panel => ({ width, height, data, channels: 1 });
  const mask = Uint8Array.from(section(masks, z).data, (value) => (value === IGNORED ? IGNORED : value > 0 ? 255 : 0));
  return composeSheet({
    header: [],
    cells: [
      { lines: [headings[0]], panels: [panel(stretch(section(images, z)))] },
      { lines: [`${headings[1]}, ${number} of ${depth}`], panels: [panel(mask)] },
    ],
    columns: 2,
    side,
  });
}
