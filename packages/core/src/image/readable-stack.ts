import { InvalidImageError, InvalidOptionError } from '../errors.ts';
import { crop } from './crop.ts';
import { section, type GreyImage, type GreyStack } from './image.ts';
import type { Rectangle } from './rectangle.ts';
import { requireImage } from './validate.ts';

/** What stops a run: an AbortSignal, or what acts as one. */
export interface StopSignal {
  readonly aborted: boolean;
  throwIfAborted(): void;
}

/** Sections that are read part by part: what a segmenter needs of a `StackSource` of stacks. */
export interface ReadableStack {
  /** Sections, rows and columns. */
  readonly shape: readonly [z: number, y: number, x: number];
  /**
   * Whether rows are decoded with all those above them: a few large parts then take much less time than many small ones.
   * @default false
   */
  readonly fromTop?: boolean;
  /** The pixels of `region` in section `z`: raw grey values, axes y, x. They are not changed. */
  read(z: number, region: Rectangle, options?: { readonly signal?: StopSignal | undefined }): Promise<GreyImage>;
}

/** What is segmented: an image or a stack in memory, or a stack that is read part by part. */
export type Segmentable = GreyImage | GreyStack | ReadableStack;

/** `source` as a stack; an image is one of one section. @throws InvalidImageError when it is none, or an image as `requireImage`. */
export function readableStack(source: Segmentable): ReadableStack {
  if (isStack(source)) return source;
  const { width, height } = source ?? {};
  const depth = source !== null && typeof source === 'object' && 'depth' in source ? source.depth : undefined;
  const read = (image: GreyImage, region: Rectangle): Promise<GreyImage> =>
    Promise.resolve(region.width === width && region.height === height ? image : crop(image, region));
  if (depth === undefined) {
    requireImage(source);
    return { shape: [1, height, width], read: (_, region) => read(source, region) };
  }
  if (source.data.length !== width * height * depth) {
    throw new InvalidImageError(
      `A stack of ${width} x ${height} x ${depth} pixels must have ${width * height * depth} grey values; received ` +
        `${source.data.length}.`,
    );
  }
  const stack = source as GreyStack;
  return { shape: [depth, height, width], read: (z, region) => read(section(stack, z), region) };
}

function isStack(source: Segmentable): source is ReadableStack {
  return typeof (source as Partial<ReadableStack> | null)?.read === 'function';
}

/** @throws InvalidOptionError when `stack` has no section `z`. */
export function requireSection({ shape: [depth] }: ReadableStack, z: number): void {
  if (Number.isInteger(z) && z >= 0 && z < depth) return;
  throw new InvalidOptionError('z', `must be an integer in 0 ... ${depth - 1}, a section of the stack`, z);
}

/**
 * Pixels of a band that takes little memory: sections of up to 2048 x 2048 are one, and of those that are decoded from the top of up to
 * 5792 x 5792.
 */
export function bandPixels({ fromTop = false }: Pick<ReadableStack, 'fromTop'>): number {
  return fromTop ? 2 ** 25 : 2 ** 22;
}

/** Section `z` from its top to its bottom, in bands of whole rows that take little memory. */
export async function* bandsOf(
  stack: ReadableStack,
  z: number,
  signal?: StopSignal,
): AsyncGenerator<GreyImage & Pick<Rectangle, 'y'>, void, undefined> {
  const [, height, width] = stack.shape;
  const rows = Math.max(1, Math.floor(bandPixels(stack) / width));
  for (let y = 0; y < height; y += rows) {
    const band = { x: 0, y, width, height: Math.min(rows, height - y) };
    yield { ...(await stack.read(z, band, { signal })), y };
  }
}
