import type { GreyData, GreyImage, GreyStack, Rectangle, Size } from '@dilated-unet/core';
import type { StackSource } from '@dilated-unet/stacks';
import { openStack } from '@dilated-unet/stacks/node';
import type { StackConfig } from '../../config/stacks.ts';
import { stream } from '../../random.ts';
import type { WindowSource } from '../window-source.ts';
import type { OpenedStack } from './sections.ts';

/** Sides of a part, pixels of the training; a section's where that is smaller. */
const SIDE = 512;

/** A part of a section. */
export interface StackPart {
  /** Section of the stack, from 0. */
  readonly place: number;
  /** In the section as it is stored. */
  readonly region: Rectangle;
}

/** Parts on which a stack is measured. */
export interface ChosenParts {
  readonly parts: readonly StackPart[];
  /** Sides of each at the pixels of the training. */
  readonly size: Size;
}

/**
 * Chooses parts of a stack at random, each about a window as it is drawn for the training; always the same ones of a stack, whatever
 * the seed of the run.
 *
 * @param windows of the sections at `places`. @param opened to see where labels count. @param stored sides of a section as it is stored.
 * @param pixels of the training, of all parts together.
 */
export async function chooseParts(
  windows: WindowSource,
  {
    places,
    window,
    opened,
    stored,
    pixels,
  }: {
    readonly places: readonly number[];
    readonly window: number;
    readonly opened: OpenedStack;
    readonly stored: Size;
    readonly pixels: number;
  },
): Promise<ChosenParts> {
  const { size } = windows;
  const [width, height] = [Math.min(SIDE, size.width), Math.min(SIDE, size.height)];
  const random = stream(0, 'parts that are measured');
  const parts: StackPart[] = [];
  for (let k = 0; k < Math.max(1, Math.floor(pixels / (width * height))); k++) {
    let drawn = windows.draw(random);
    if ('needed' in drawn) {
      const { z, region } = drawn.needed;
      const labels = (await opened.labels.read(places[z] as number, region)) as GreyImage<Uint8Array>;
      drawn = drawn.at({ image: labels, labels });
    }
    const middle = { x: drawn.x + window / 2, y: drawn.y + window / 2 };
    const across = along(middle.x, width, size.width, stored.width);
    const down = along(middle.y, height, size.height, stored.height);
    const region = { x: across.first, y: down.first, width: across.length, height: down.length };
    parts.push({ place: places[drawn.z] as number, region });
  }
  parts.sort((a, b) => a.place - b.place || a.region.y - b.region.y || a.region.x - b.region.x);
  return { parts, size: { width, height } };
}

/** `length` pixels of `of` about `middle`, inside of them, and the same in `stored` pixels. */
function along(
  middle: number,
  length: number,
  of: number,
  stored: number,
): { readonly first: number; readonly length: number } {
  const first = Math.max(0, Math.min(of - length, Math.round(middle - length / 2)));
  const pixels = Math.max(1, Math.round((length * stored) / of));
  return { first: Math.min(stored - pixels, Math.round((first * stored) / of)), length: pixels };
}

/** The parts, as sections of a stack. @param read a part */
export async function readParts<T extends GreyData>(
  parts: readonly StackPart[],
  read: (part: StackPart) => Promise<GreyImage<T>>,
): Promise<GreyStack<T>> {
  let stack: GreyStack<T> | undefined;
  for (const [k, part] of parts.entries()) {
    const { width, height, data } = await read(part);
    stack ??= {
      width,
      height,
      depth: parts.length,
      data: new (data.constructor as new (length: number) => T)(parts.length * data.length),
    };
    stack.data.set(data, k * data.length);
  }
  return stack as GreyStack<T>;
}

/** Sections of which a sample of a stack is. */
const SAMPLED = 8;

/**
 * The middles of sections that are spread over a stack: raw grey values as they are stored, the same however the stack is divided
 * and labelled.
 */
export async function sampleOf({ images, select }: Pick<StackConfig, 'images' | 'select'>): Promise<GreyStack> {
  const source = await openStack(images, select);
  try {
    const [depth, height, width] = source.shape;
    const [across, down] = [Math.min(SIDE, width), Math.min(SIDE, height)];
    const region = { x: (width - across) >> 1, y: (height - down) >> 1, width: across, height: down };
    const places = new Set(Array.from({ length: SAMPLED }, (_, k) => Math.round((k * (depth - 1)) / (SAMPLED - 1))));
    const parts = [...places].map((place) => ({ place, region }));
    return await readParts(parts, ({ place }) => source.read(place, region));
  } finally {
    await source.close?.();
  }
}

/** Sections `from` (included) to `to` (excluded) of `source`, whole. */
export function readSections(source: StackSource, from: number, to: number): Promise<GreyStack> {
  const [, height, width] = source.shape;
  const region = { x: 0, y: 0, width, height };
  const parts = Array.from({ length: to - from }, (_, k) => ({ place: from + k, region }));
  return readParts(parts, ({ place }) => source.read(place, region));
}
