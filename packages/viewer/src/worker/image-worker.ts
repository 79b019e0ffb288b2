/** Reads image and label stacks for the screen, so that no decoding blocks the page. */
import { InvalidImageError, type GreyImage } from '@dilated-unet/core';
import type { StackSelection } from '@dilated-unet/stacks';
import { histogram, type Histogram } from '../image/histogram.ts';
import { openPyramid, type Pyramid, type StackFacts } from '../image/pyramid.ts';
import type { StackPlace } from '../image/stack-place.ts';
import { answer, moved, type CallContext } from './rpc.ts';

/** What a stack is read for. */
export type StackRole = 'image' | 'labels';

interface TileRequest {
  readonly role: StackRole;
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

const open = new Map<StackRole, Pyramid>();

/** Side of the picture from which grey values are counted, pixels. */
const COUNTED_SIDE = 1024;

const calls = {
  /** Opens a stack in place of the one of this role; when it cannot be opened, the one before stays. */
  async open(
    {
      role,
      place,
      selection,
    }: { readonly role: StackRole; readonly place: StackPlace; readonly selection: StackSelection },
    { signal, tell }: CallContext<string>,
  ): Promise<StackFacts> {
    const onNote = (note: string): void => tell(note);
    const pyramid = await openPyramid(place, { ...selection, signal, labels: role === 'labels', onNote });
    await open.get(role)?.close();
    open.set(role, pyramid);
    const { shape, dtype, pixelSize, levels } = pyramid;
    return { shape, dtype, pixelSize, levels: levels.map(({ factor, width, height }) => ({ factor, width, height })) };
  },

  async close({ role }: { readonly role: StackRole }): Promise<void> {
    await open.get(role)?.close();
    open.delete(role);
  },

  async tile({ role, z, level, column, row }: TileRequest, { signal }: CallContext): Promise<GreyImage> {
    const tile = await stackOf(role).tile(z, level, column, row, signal);
    return moved(tile, [tile.data.buffer as ArrayBuffer]);
  },

  /** The grey value of a pixel. */
  value({ z, x, y }: PixelRequest, { signal }: CallContext): Promise<number> {
    return stackOf('image').value(z, x, y, signal);
  },

  /** The grey values of a section, of means of pixels where it is large. */
  async histogram({ z }: { readonly z: number }, { signal }: CallContext): Promise<Histogram> {
    return histogram(await stackOf('image').small(z, COUNTED_SIDE, signal));
  },
};

export type ImageCalls = typeof calls;

function stackOf(role: StackRole): Pyramid {
  const stack = open.get(role);
  if (stack === undefined) throw new InvalidImageError(`No ${role} are open.`);
  return stack;
}

answer(calls);
