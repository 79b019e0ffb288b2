import { InvalidOptionError } from '../errors.ts';
import type { Rectangle } from '../image/rectangle.ts';
import type { ModelCard } from '../model/card.ts';

/**
 * The part of a section that must be segmented to know `region` as in the whole section: with a halo as wide as the network
 * sees, its corner on the stride grid, so that poolings fall on the same pixels; ended by the section's own borders.
 *
 * @throws InvalidOptionError as `requireRegionIn`.
 */
export function windowOf(
  region: Rectangle,
  { width, height }: Pick<Rectangle, 'width' | 'height'>,
  { stride, receptiveFieldRadius }: Pick<ModelCard, 'stride' | 'receptiveFieldRadius'>,
): Rectangle {
  requireRegionIn(region, { width, height });
  // At least the stride, so that what extends the section to its multiples is reflected as in the whole.
  const halo = Math.max(stride, receptiveFieldRadius);
  const span = (start: number, length: number, end: number): readonly [from: number, length: number] => {
    const from = Math.max(0, Math.floor((start - halo) / stride) * stride);
    const to = Math.min(end, Math.ceil((start + length + halo) / stride) * stride);
    return [from, to - from];
  };
  const [x, columns] = span(region.x, region.width, width);
  const [y, rows] = span(region.y, region.height, height);
  return { x, y, width: columns, height: rows };
}

/** @throws InvalidOptionError when `region` has no pixel or does not lie in the section. */
export function requireRegionIn(region: Rectangle, { width, height }: Pick<Rectangle, 'width' | 'height'>): void {
  const isWhole = [region.x, region.y, region.width, region.height].every((n) => Number.isInteger(n) && n >= 0);
  const isInside = region.x + region.width <= width && region.y + region.height <= height;
  if (isWhole && isInside && region.width > 0 && region.height > 0) return;
  const rule = `must be whole pixels (x, y, width, height) inside of the sections of ${width} x ${height}`;
  throw new InvalidOptionError('region', rule, region);
}
