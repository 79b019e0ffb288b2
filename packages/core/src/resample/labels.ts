import type { GreyImage, GreyStack } from '../image/image.ts';
import type { Rectangle } from '../image/rectangle.ts';
import { regionTaps, resampleRegion, type Size } from './region.ts';

/** Shares that differ by less are even: they are sums in single precision. */
const EVEN = 1e-6;

/**
 * Labels with sections of the sides `to`: each new pixel has what most of its pixels have, nearer ones counting more. A pixel of which
 * more than half does not count, does not; where interior and membrane are even, it is membrane, which is the thinner of the two.
 *
 * @param labels 1 interior, 0 membrane, `ignore` where they do not count; axes z, y, x.
 */
export function resampleLabels(
  labels: GreyStack<Uint8Array>,
  to: Size,
  ignored: { readonly ignore: number },
): GreyStack<Uint8Array<ArrayBuffer>> {
  const { width, height, depth } = labels;
  const part = labelsPart(labels, to, { x: 0, y: 0, ...to }, ignored);
  const size = to.width * to.height;
  const out = new Uint8Array(size * depth);
  for (let z = 0; z < depth; z++) {
    const data = labels.data.subarray(z * width * height, (z + 1) * width * height);
    out.set(part.of({ width, height, data }).data, z * size);
  }
  return { width: to.width, height: to.height, depth, data: out };
}

/** How a part of a resampled section of labels is made. */
export interface LabelsPart {
  /** The pixels of the section that are needed. */
  readonly needed: Rectangle;
  /** @param labels those pixels. @returns the part, axes y, x */
  of(labels: GreyImage<Uint8Array>): GreyImage<Uint8Array<ArrayBuffer>>;
}

/**
 * The part `region` of what `resampleLabels` makes of a section of the sides `from`, to the last pixel.
 *
 * @param to sides of the whole section then. @param region pixels of it.
 */
export function labelsPart(
  { width, height }: Size,
  to: Size,
  region: Rectangle,
  { ignore }: { readonly ignore: number },
): LabelsPart {
  const taps = regionTaps({ from: { width, height }, to }, region, 'linear');
  const shareOf = (labels: GreyImage<Uint8Array>, value: number): Float32Array => {
    const data = new Float32Array(labels.data.length);
    for (let i = 0; i < data.length; i++) data[i] = labels.data[i] === value ? 1 : 0;
    return resampleRegion({ width: labels.width, height: labels.height, data }, taps).data;
  };
  return {
    needed: taps.needed,
    of(labels) {
      const interior = shareOf(labels, 1);
      const ignored = labels.data.includes(ignore) ? shareOf(labels, ignore) : null;
      const data = new Uint8Array(region.width * region.height);
      for (let i = 0; i < data.length; i++) {
        const counted = ignored === null ? 1 : 1 - (ignored[i] as number);
        data[i] = counted < 0.5 ? ignore : 2 * (interior[i] as number) > counted + EVEN ? 1 : 0;
      }
      return { width: region.width, height: region.height, data };
    },
  };
}
