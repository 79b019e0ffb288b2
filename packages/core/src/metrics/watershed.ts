import type { GreyImage } from '../image/image.ts';
import { connectedComponents, type Segmentation } from './labelling.ts';

/** A border pixel that the flood has not reached. */
const DRY = -1;
/** One that waits in the queue. */
const QUEUED = -2;
/** The frame around the image, which spares the flood all tests of coordinates. */
const FRAME = -3;
/** A pixel of the lines between basins. */
const LINE = 0;

/**
 * The segments of a mask, grown over the border between them until one line of pixels is left: the watershed by
 * immersion (Vincent & Soille, IEEE PAMI 13:583, 1991), with 4-connectivity, of the two-level image that is low inside of
 * the mask. A mask with nothing inside is one segment: the high level is then the only one.
 *
 * Where a line falls depends on the order in which pixels are flooded, and where borders are thin, V_Rand and V_Info
 * depend on that. The order here is the reference's (fiji/Trainable_Segmentation, WatershedTransform2D): the queue starts
 * with the border pixels that touch a basin, column by column from the left, each from the top. In which order the
 * neighbours of one pixel follow changes nothing: x + y is even for all of them or odd for all, so none touches another.
 *
 * @param mask inside where not 0; axes y, x.
 * @returns the segments; 0 on the lines between them.
 * @throws InvalidImageError when it is not an image.
 */
export function watershed(mask: GreyImage): Segmentation {
  const basins = connectedComponents(mask);
  const { width, height, count } = basins;
  if (count === 0) return { width, height, count: 1, labels: basins.labels.fill(1) };
  const stride = width + 2;
  const framed = new Int32Array(stride * (height + 2)).fill(FRAME);
  for (let y = 0; y < height; y++) {
    for (let x = 0, p = (y + 1) * stride + 1, q = y * width; x < width; x++, p++, q++) {
      const basin = basins.labels[q] as number;
      framed[p] = basin === 0 ? DRY : basin;
    }
  }
  flood(framed, stride, shores(framed, stride));
  for (let y = 0; y < height; y++) {
    const from = (y + 1) * stride + 1;
    basins.labels.set(framed.subarray(from, from + width), y * width);
  }
  return basins;
}

interface Queue {
  /** Positions in the framed image; room for every pixel. */
  readonly positions: Int32Array;
  length: number;
}

/** The dry pixels beside a basin, column by column, marked as queued. */
function shores(framed: Int32Array, stride: number): Queue {
  const queue: Queue = { positions: new Int32Array(framed.length), length: 0 };
  for (let x = 1; x < stride - 1; x++) {
    for (let p = x + stride; p < framed.length - stride; p += stride) {
      if (framed[p] !== DRY) continue;
      const beside =
        (framed[p - 1] as number) > 0 ||
        (framed[p - stride] as number) > 0 ||
        (framed[p + 1] as number) > 0 ||
        (framed[p + stride] as number) > 0;
      if (!beside) continue;
      framed[p] = QUEUED;
      queue.positions[queue.length++] = p;
    }
  }
  return queue;
}

/**
 * Gives each pixel of the queue, and all that follow from them, the number of the basin that it touches; `LINE` where it
 * touches several, or lines only.
 */
function flood(framed: Int32Array, stride: number, queue: Queue): void {
  const neighbours = Int32Array.of(-1, -stride, 1, stride);
  const { positions } = queue;
  let { length } = queue;
  for (let head = 0; head < length; head++) {
    const p = positions[head] as number;
    let basin = LINE;
    let contested = false;
    for (let side = 0; side < 4; side++) {
      const q = p + (neighbours[side] as number);
      const other = framed[q] as number;
      if (other > 0) {
        if (basin === LINE) basin = other;
        else if (basin !== other) contested = true;
      } else if (other === DRY) {
        framed[q] = QUEUED;
        positions[length++] = q;
      }
    }
    framed[p] = contested ? LINE : basin;
  }
}
