/** Reads the stack that is shown, so that no decoding blocks the page. */
import { InvalidImageError, type GreyImage } from '@dilated-unet/core';
import type { StackSelection } from '@dilated-unet/stacks';
import { histogram, type Histogram } from '../image/histogram.ts';
import { openPyramid, type Pyramid, type StackFacts } from '../image/pyramid.ts';
import type { StackPlace } from '../image/stack-place.ts';
import { answer, moved, type CallContext } from './rpc.ts';

interface TileRequest {
  readonly z: number;
  readonly level: number;
  readonly column: number;
  readonly row: number;
}

/** A pixel of a section. */
export interface PixelRequest {
  readonly z: number;
  readonly x: number;
  readonly y: number;
}

let shown: Pyramid | undefined;
/** What was opened last, and is not shown yet. */
let opened: Pyramid | undefined;

/** Side of the picture from which grey values are counted, pixels. */
const COUNTED_SIDE = 1024;

const calls = {
  /** Opens a stack beside the one that is shown, which stays. */
  async open(
    { place, selection }: { readonly place: StackPlace; readonly selection: StackSelection },
    { signal, tell }: CallContext<string>,
  ): Promise<StackFacts> {
    const onNote = (note: string): void => tell(note);
    const pyramid = await openPyramid(place, { ...selection, signal, onNote });
    if (signal.aborted) await pyramid.close();
    signal.throwIfAborted();
    const before = opened;
    opened = pyramid;
    await before?.close();
    const { shape, dtype, pixelSize, levels } = pyramid;
    return { shape, dtype, pixelSize, levels: levels.map(({ factor, width, height }) => ({ factor, width, height })) };
  },

  /** Shows the stack that was opened in place of the one before. */
  async show(_: object): Promise<void> {
    const before = shown;
    [shown, opened] = [opened, undefined];
    await before?.close();
  },

  async tile({ z, level, column, row }: TileRequest, { signal }: CallContext): Promise<GreyImage> {
    const tile = await shownStack().tile(z, level, column, row, signal);
    return moved(tile, [tile.data.buffer as ArrayBuffer]);
  },

  /** The grey value of a pixel. */
  value({ z, x, y }: PixelRequest, { signal }: CallContext): Promise<number> {
    return shownStack().value(z, x, y, signal);
  },

  /** The grey values of a section, of means of pixels where it is large. */
  async histogram({ z }: { readonly z: number }, { signal }: CallContext): Promise<Histogram> {
    return histogram(await shownStack().small(z, COUNTED_SIDE, signal));
  },
};

export type ImageCalls = typeof calls;

function shownStack(): Pyramid {
  if (shown === undefined) throw new InvalidImageError('No image is open.');
  return shown;
}

answer(calls);
