import { InvalidImageError, section, type GreyStack } from '@dilated-unet/core';
import sharp from 'sharp';
import { stretch } from '../pictures/paint.ts';
import { loadLettering, type Lettering } from '../pictures/text.ts';
import type { Picture } from './document.ts';

export interface AnimationOptions {
  /** File name without ending. */
  readonly name: string;
  /** Micrographs; axes z, y, x. */
  readonly images: GreyStack;
  /** Interior above 0, membrane 0; of the images' size. */
  readonly masks: GreyStack;
  /** What stands above the left and above the right half. */
  readonly headings: readonly [string, string];
  readonly alt: string;
  /** Largest size of the file, bytes. @default 2.5 MiB, which pages show without delay */
  readonly limit?: number;
}

const LARGEST_PANEL = 360;
const GAP = 8;
const MARGIN = 8;
const HEADER = 30;
const TEXT = 15;
const BACKGROUND = { r: 22, g: 24, b: 28 };
const INK = '#e8e8e8';
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
  if (images.depth !== masks.depth || images.width !== masks.width || images.height !== masks.height) {
    const size = (s: GreyStack): string => `${s.depth} x ${s.height} x ${s.width}`;
    throw new InvalidImageError(`The masks are ${size(masks)}, the images ${size(images)}; they must be alike.`);
  }
  const lettering = await loadLettering();
  for (const [share, quality] of SETTINGS) {
    const scale = Math.min(1, (share * LARGEST_PANEL) / Math.max(images.width, images.height));
    const panel = { width: Math.round(scale * images.width), height: Math.round(scale * images.height) };
    const frames: Buffer[] = [];
    for (let z = 0; z < images.depth; z++) frames.push(await frame(options, z, panel, lettering));
    const size = frameSize(panel);
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

interface Size {
  readonly width: number;
  readonly height: number;
}

function frameSize({ width, height }: Size): Size {
  return { width: 2 * (width + MARGIN) + GAP, height: HEADER + height + MARGIN };
}

/** One section: red, green, blue of each pixel; axes y, x, channel. */
async function frame(options: AnimationOptions, z: number, panel: Size, lettering: Lettering): Promise<Buffer> {
  const { images, masks, headings } = options;
  const mask = Uint8Array.from(section(masks, z).data, (value) => (value > 0 ? 255 : 0));
  const [left, right] = await Promise.all(
    [stretch(section(images, z)), mask].map((data) =>
      sharp(data, { raw: { width: images.width, height: images.height, channels: 1 } })
        .resize(panel.width, panel.height)
        .png({ compressionLevel: 1 })
        .toBuffer(),
    ),
  );
  const size = frameSize(panel);
  const second = MARGIN + panel.width + GAP;
  const baseline = HEADER - 10;
  const number = `${z + 1} / ${images.depth}`;
  const fits = (text: string): boolean =>
    lettering.width(text, TEXT) + lettering.width(number, TEXT) + GAP < panel.width;
  const words = [
    lettering.draw(number, size.width - MARGIN - lettering.width(number, TEXT), baseline, TEXT, INK),
    ...(fits(headings[1]) ? [lettering.draw(headings[1], second, baseline, TEXT, INK)] : []),
    ...(fits(headings[0]) ? [lettering.draw(headings[0], MARGIN, baseline, TEXT, INK)] : []),
  ];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">${words.join('')}</svg>`;
  return sharp({ create: { ...size, channels: 3, background: BACKGROUND } })
    .composite([
      { input: left, left: MARGIN, top: HEADER },
      { input: right, left: second, top: HEADER },
      { input: Buffer.from(svg), left: 0, top: 0 },
    ])
    .removeAlpha()
    .raw()
    .toBuffer();
}
