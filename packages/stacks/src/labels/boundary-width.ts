import { BOUNDARY_WIDTHS, PIXEL_SIZES } from '@dilated-unet/core';
import type { PixelSize } from '../source.ts';

/**
 * The width of membranes that are made of instances, where nothing else is asked for: 6 pixels of 4 nm, as which the membranes
 * of ISBI-2012's own labels are best made again (docs/labels.md has the table and its command).
 */
const [ISBI_PIXELS, ISBI_PIXEL_SIZE] = [6, 4];

/** A width and where it is from. */
export interface DefaultBoundaryWidth {
  /** Pixels. */
  readonly boundaryWidth: number;
  /** For messages, such as `24 nm as in ISBI-2012, at pixels of 8 nm`. */
  readonly source: string;
}

/**
 * How wide membranes are made of instances by default: as in ISBI-2012's labels, 24 nm.
 *
 * @param pixelSize where a file states it. @default ISBI's 4 nm: 6 pixels
 */
export function defaultBoundaryWidth(pixelSize?: PixelSize): DefaultBoundaryWidth {
  const nanometres = ISBI_PIXELS * ISBI_PIXEL_SIZE;
  const size = pixelSize === undefined ? Number.NaN : Math.sqrt(pixelSize.x * pixelSize.y);
  if (!(size >= PIXEL_SIZES.least && size <= PIXEL_SIZES.most)) {
    return { boundaryWidth: ISBI_PIXELS, source: 'as in ISBI-2012' };
  }
  const pixels = Math.round((100 * nanometres) / size) / 100;
  const boundaryWidth = Math.max(BOUNDARY_WIDTHS.least, Math.min(BOUNDARY_WIDTHS.most, pixels));
  return {
    boundaryWidth,
    source: `${nanometres} nm as in ISBI-2012, at pixels of ${Number(size.toPrecision(3))} nm`,
  };
}
