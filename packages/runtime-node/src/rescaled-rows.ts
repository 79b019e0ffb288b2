import {
  regionToSegment,
  resampledSize,
  rowsBroughtBack,
  type PixelSizeDecision,
  type Rectangle,
  type Rescaling,
} from '@dilated-unet/core';
import { resampledSource, type StackSource } from '@dilated-unet/stacks';
import type { SectionRows } from './segment-stack.ts';

/** The pixels of a stack and those that the model was trained on, nanometres; null where sections are taken as they are. */
export type Rescale = PixelSizeDecision['rescale'];

/** What it takes beside the network to resample sections and to bring rows back, bytes: bands of both, see core. */
export const RESCALING_BYTES = 80e6;

/** How a stack is segmented at the pixels of a model. */
export interface RescaledStack {
  readonly source: StackSource;
  readonly rescaling: Rescaling;
  /** What is asked for, in pixels of the stack. */
  readonly region: Rectangle;
  /** What is segmented for it, in pixels of `source`; undefined where that is all. */
  readonly window: Rectangle | undefined;
}

/** @throws InvalidOptionError as `resampledSize` of core. */
export function rescaledStack(
  stack: StackSource,
  rescale: NonNullable<Rescale>,
  region: Rectangle | undefined,
): RescaledStack {
  const [, height, width] = stack.shape;
  const rescaling = { from: { width, height }, to: resampledSize({ width, height }, rescale) };
  const asked = region ?? { x: 0, y: 0, width, height };
  const { z } = stack.pixelSize ?? {};
  const source = resampledSource(stack, rescaling.to, { ...(z !== undefined && { z }), ...rescale.to });
  const window = regionToSegment(rescaling, asked);
  const isWhole = window.width === rescaling.to.width && window.height === rescaling.to.height;
  return { source, rescaling, region: asked, window: isWhole ? undefined : window };
}

/** `rows` of section `z`, which are at the pixels of the model, brought back to those of the stack. */
export async function* broughtBack(
  rows: AsyncIterable<SectionRows>,
  z: number,
  { rescaling, region }: RescaledStack,
): AsyncGenerator<SectionRows, void, undefined> {
  for await (const part of rowsBroughtBack(rows, rescaling, region)) {
    yield { ...part, z, sectionHeight: region.height };
  }
}
