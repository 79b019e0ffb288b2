import type { Rectangle } from '@dilated-unet/core';
import type { Size } from '../view/camera.ts';
import { painter } from '../workers.ts';
import { carryOut } from './tell.ts';

let last = 0;

/** Begins a map of a section, a byte for each pixel, that the painter keeps. @returns its number. */
export function newMap({ width, height }: Size): number {
  const id = ++last;
  carryOut(painter.call('newMap', { id, width, height }));
  return id;
}

/** Sets a part of a map. @param data axes y, x; moved to the painter. */
export function setPart(id: number, { x, y, width, height }: Rectangle, data: Uint8Array<ArrayBuffer>): void {
  const part = { x, y, width, height };
  carryOut(painter.call('setPart', { id, part, data }, { transfer: [data.buffer] }));
}

/** Drops maps. */
export function dropMaps(ids: Iterable<number>): void {
  for (const id of ids) carryOut(painter.call('dropMap', { id }));
}
