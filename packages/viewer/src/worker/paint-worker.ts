/** Draws the stage, so that neither the graphics card nor what is sent to it blocks the page. */
import type { GreyImage, Rectangle } from '@dilated-unet/core';
import { ByteMap } from '../view/byte-map.ts';
import type { DrawnStack } from '../view/image-layer.ts';
import { Scene, type Frame } from '../view/scene.ts';
import type { PlacedTile } from '../view/tile-grid.ts';
import { viewPicture } from '../view/view-picture.ts';
import { answer, type CallContext } from './rpc.ts';

/** A frame in which maps stand by their numbers. */
export type PostedFrame = Omit<Frame, MapName> & Readonly<Record<MapName, number | null>>;

type MapName = 'probability' | 'cells' | 'labels';

/** What the painter asks of the page: to read a tile, or not to go on with it; and what it tells of the graphics card. */
export type PaintEvent =
  | { readonly kind: 'read'; readonly id: number; readonly z: number; readonly tile: PlacedTile }
  | { readonly kind: 'abandon'; readonly id: number }
  | { readonly kind: 'lost' | 'restored' };

let scene: Scene | undefined;
let ask: ((event: PaintEvent) => void) | undefined;
let nextRead = 0;
const reads = new Map<
  number,
  { readonly resolve: (tile: GreyImage) => void; readonly reject: (error: Error) => void }
>();
const maps = new Map<number, ByteMap>();

const calls = {
  /** Draws on `canvas` from now on; ends only with an error, where the browser has no WebGL 2. */
  begin({ canvas }: { readonly canvas: OffscreenCanvas }, { tell }: CallContext<PaintEvent>): Promise<void> {
    ask = tell;
    scene = new Scene(canvas, (kind) => tell({ kind }));
    return new Promise(() => undefined);
  },

  open(stack: Omit<DrawnStack, 'read'> | null): void {
    scene?.open(stack === null ? undefined : { ...stack, read });
  },

  show(frame: PostedFrame): void {
    const mapOf = (id: number | null): ByteMap | null => (id === null ? null : (maps.get(id) ?? null));
    const { probability, cells, labels } = frame;
    scene?.show({ ...frame, probability: mapOf(probability), cells: mapOf(cells), labels: mapOf(labels) });
  },

  /** A tile that was asked for; null where it could not be read. */
  tile({ id, tile }: { readonly id: number; readonly tile: GreyImage | null }): void {
    const read = reads.get(id);
    reads.delete(id);
    if (tile === null) read?.reject(new Error('The tile could not be read.'));
    else read?.resolve(tile);
  },

  /** Begins a map of which nothing is known. */
  newMap({ id, width, height }: { readonly id: number; readonly width: number; readonly height: number }): void {
    maps.set(id, new ByteMap(width, height));
  },

  /** Sets a part of a map. */
  setPart({ id, part, data }: { readonly id: number; readonly part: Rectangle; readonly data: Uint8Array }): void {
    maps.get(id)?.set(part, data);
    scene?.refresh();
  },

  dropMap({ id }: { readonly id: number }): void {
    maps.delete(id);
  },

  /** What the stage shows, with a scale bar, as a PNG. */
  picture(measure: Parameters<typeof viewPicture>[1]): Promise<Blob> {
    if (scene === undefined) throw new Error('Nothing is drawn yet.');
    return viewPicture(scene.picture(), measure);
  },
};

export type PaintCalls = typeof calls;

function read(z: number, tile: PlacedTile, signal: AbortSignal): Promise<GreyImage> {
  const id = nextRead++;
  ask?.({ kind: 'read', id, z, tile });
  return new Promise((resolve, reject) => {
    reads.set(id, { resolve, reject });
    signal.addEventListener('abort', () => {
      reads.delete(id);
      ask?.({ kind: 'abandon', id });
    });
  });
}

answer(calls);
