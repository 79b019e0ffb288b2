import { defaultTileSide, EnvironmentError, InvalidOptionError, type ModelCard } from '@dilated-unet/core';
import type { DeviceState } from './rpc/protocol.ts';

/**
 * Side of the tiles where nothing else is asked for, halo included, pixels: for the U-net's 90 pixels of sight it costs
 * 1.5 times the arithmetic of the whole image (512 costs 2.6 times).
 */
export const DEFAULT_TILE = 1024;

/** What of a device bounds its tiles. */
type TileLimit = Pick<DeviceState, 'device' | 'maxTile'>;

/** Side of the tiles for `card` on a device: `requested` or the default, as far as the device takes it. */
export function tileFor(requested: number | undefined, card: ModelCard, { maxTile }: TileLimit): number {
  return Math.min(requested ?? defaultTileSide(DEFAULT_TILE, card), maxTile);
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
