import type { Segmentation } from './labelling.ts';

/** A pixel that the flood has not reached yet, of the level that is being flooded. */
const DRY = -1;
/** One that waits in the queue. */
const QUEUED = -2;
/** The frame around the image, which spares the flood all tests of coordinates, and what else is outside of it. */
const FRAME = -3;
/** One whose level comes later. */
const LATER = -4;
/** A pixel of the lines between basins. */
const LINE = 0;

/** Heights inside of a mask. Positions are those of the image with a frame of one pixel around it. */
export interface Relief {
  /** Columns of the framed image: the image's and 2. */
  readonly stride: number;
  /** Height of each position, 1 ... 65535; 0 outside of the mask and in the frame. */
  readonly heights: Uint16Array;
  /** All positions inside of the mask: the highest first, those of one height column by column, each from the top. */
  readonly order: Int32Array;
}

/**
 * Grows basins, in place, over all pixels of the image until one line of pixels is left between them: the watershed by
 * immersion (Vincent & Soille, IEEE PAMI 13:583, 1991), with 4-connectivity, from basins that are given.
 *
 * With a relief, its heights are flooded first, the highest first; then, and else alone, all other pixels as one level.
 *
 * Where a line falls depends on the order in which pixels are flooded. The order here is the reference's
 * (fiji/Trainable_Segmentation, WatershedTransform2D): the queue of a level starts with its pixels that touch a basin, column
 * by column from the left, each from the top. In which order the neighbours of one pixel follow changes nothing: x + y is even
 * for all of them or odd for all, so none touches another.
 *
 * @param basins at least one, none beside another, and one in each part that what is outside cuts off; those of a relief all inside of its mask, one in each component at least.
 * @param outside 1 at pixels that lie outside of the image, where no basin is; null where none does. Not beside a relief.
 * @returns `basins`; 0 on the lines between them, and outside.
 */
export function immerse(basins: Segmentation, relief?: Relief, outside: Uint8Array | null = null): Segmentation {
  const { width, height, labels } = basins;
  const stride = width + 2;
  const framed = new Int32Array(stride * (height + 2)).fill(FRAME);
  const waiting = relief === undefined ? DRY : LATER;
  for (let y = 0; y < height; y++) {
    for (let x = 0, p = (y + 1) * stride + 1, q = y * width; x < width; x++, p++, q++) {
      const basin = labels[q] as number;
      framed[p] = outside?.[q] === 1 ? FRAME : basin === 0 ? waiting : basin;
    }
  }
  const queue: Queue = { positions: new Int32Array(framed.length), head: 0, length: 0 };
  if (relief !== undefined) floodRelief(framed, relief, queue);
  queueShores(framed, stride, queue);
  flood(framed, stride, queue);
  for (let y = 0; y < height; y++) {
    const from = (y + 1) * stride + 1;
    labels.set(framed.subarray(from, from + width), y * width);
  }
  // A dip that lines surround is reached by no basin, nor is what is outside.
  const unreached = relief !== undefined || outside !== null;
  if (unreached) for (let q = 0; q < labels.length; q++) if ((labels[q] as number) < 0) labels[q] = LINE;
  return basins;
}

interface Queue {
  /** Positions in the framed image; room for every pixel, since each is queued once at most. */
  readonly positions: Int32Array;
  head: number;
  length: number;
}

/** Floods the levels of the relief, the highest first; what is left then is dry. */
function floodRelief(framed: Int32Array, { stride, heights, order }: Relief, queue: Queue): void {
  for (let from = 0, to = 0; from < order.length; from = to) {
    const height = heights[order[from] as number] as number;
    for (to = from; to < order.length && heights[order[to] as number] === height; to++) {
      const p = order[to] as number;
      if (framed[p] === LATER) framed[p] = DRY;
    }
    for (let i = from; i < to; i++) queueShore(framed, stride, queue, order[i] as number);
    flood(framed, stride, queue);
  }
  for (let p = 0; p < framed.length; p++) if (framed[p] === LATER) framed[p] = DRY;
}

/** Queues the dry pixels beside a basin, column by column. */
function queueShores(framed: Int32Array, stride: number, queue: Queue): void {
  for (let x = 1; x < stride - 1; x++) {
    for (let p = x + stride; p < framed.length - stride; p += stride) queueShore(framed, stride, queue, p);
  }
}

function queueShore(framed: Int32Array, stride: number, queue: Queue, p: number): void {
  if (framed[p] !== DRY) return;
  const beside =
    (framed[p - 1] as number) > 0 ||
    (framed[p - stride] as number) > 0 ||
    (framed[p + 1] as number) > 0 ||
    (framed[p + stride] as number) > 0;
  if (!beside) return;
  framed[p] = QUEUED;
  queue.positions[queue.length++] = p;
}

/**
 * Gives each pixel of the queue, and all that follow from them, the number of the basin that it touches; `LINE` where it
 * touches several, or lines only.
 */
function flood(framed: Int32Array, stride: number, queue: Queue): void {
  const neighbours = Int32Array.of(-1, -stride, 1, stride);
  const { positions } = queue;
  let { head, length } = queue;
  for (; head < length; head++) {
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
  queue.head = head;
  queue.length = length;
}
