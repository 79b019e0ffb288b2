import {
  defaultTileSide,
  EnvironmentError,
  InvalidOptionError,
  type GreyImage,
  type ModelCard,
} from '@dilated-unet/core';
import type { DeviceState } from './rpc/protocol.ts';

/**
 * Side of the tiles where nothing else is asked for, halo included, pixels: for the U-net's 90 pixels of sight it costs
 * 1.5 times the arithmetic of the whole image (512 costs 2.6 times).
 */
export const DEFAULT_TILE = 1024;

/** The smallest tile with which `card` cuts an image, pixels: with a halo on both sides. */
export function leastTile({ stride, receptiveFieldRadius, stages }: TileUse['card']): number {
  const radii = (stages ?? [])
    .filter(({ inputs }) => inputs.some(({ scale }) => scale === 1))
    .map(({ inputs }) => Math.max(...inputs.map(({ halo, scale }) => halo * scale)));
  const radius = radii.length === 0 ? receptiveFieldRadius : Math.max(...radii);
  return 2 * roundUp(radius, stride) + stride;
}

/** `length` as a multiple of `stride`, pixels. */
export const roundUp = (length: number, stride: number): number => Math.ceil(length / stride) * stride;

/** What of a device bounds its tiles. */
type TileLimit = Pick<DeviceState, 'device' | 'maxTile'>;

/** For what tiles are chosen. */
interface TileUse {
  readonly card: Pick<ModelCard, 'stride' | 'receptiveFieldRadius' | 'stages'>;
  readonly device: TileLimit;
}

/** Side of the tiles of an image: `requested` or the default, as far as the device takes it. */
export function tileFor(
  requested: number | undefined,
  image: Pick<GreyImage, 'width' | 'height'>,
  { card, device }: TileUse,
): number {
  return Math.min(requested ?? defaultTile(image, card), device.maxTile);
}

/** The whole image, where it has no more pixels than a tile of `DEFAULT_TILE`; else that, or four halos of a model without stages. */
function defaultTile({ width, height }: Pick<GreyImage, 'width' | 'height'>, card: TileUse['card']): number {
  const [w, h] = [width, height].map((side) => roundUp(side, card.stride)) as [number, number];
  if (w * h <= DEFAULT_TILE ** 2) return Math.max(w, h);
  return card.stages === undefined ? defaultTileSide(DEFAULT_TILE, card) : DEFAULT_TILE;
}

/**
 * What the caller is told when the tiler refuses a tile: its own error, unless it is the device that made the tile too
 * small.
 */
export function explainTileError(error: unknown, tile: number, { device, maxTile }: TileLimit): unknown {
  if (!(error instanceof InvalidOptionError) || error.option !== 'tile' || tile !== maxTile) return error;
  return new EnvironmentError(
    `The image is too large for this model on this device: ${device} takes tiles of up to ${maxTile} pixels here, ` +
      `and ${error.message} Use a smaller image, a model that sees less far, or another device.`,
    { cause: error },
  );
}
