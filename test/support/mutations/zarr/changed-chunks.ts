import { damagedBytes, NUMBERS, type Draw } from '../draw.ts';
import type { ChunkForm, ZarrParts } from './zarr.ts';

/** Changes one stored chunk, or several. */
export async function changeChunks({ chunks, form }: ZarrParts, draw: Draw): Promise<void> {
  const paths = [...chunks.keys()];
  if (paths.length === 0) return;
  for (let count = draw.of([1, 1, 2]); count > 0; count--) {
    const path = draw.of(paths);
    const bytes = chunks.get(path);
    if (bytes === undefined) continue;
    const isMissing = draw.chance(0.05);
    const isAnother = !isMissing && draw.chance(0.05);
    if (isMissing) chunks.delete(path);
    else if (isAnother) chunks.set(path, chunks.get(draw.of(paths)) ?? bytes);
    else chunks.set(path, await changedChunk(bytes, form, draw));
  }
}

/** An encoded chunk that is cut, lengthened, of another size once decoded, or with fields or bytes changed. */
export async function changedChunk(bytes: Uint8Array, form: ChunkForm, draw: Draw): Promise<Uint8Array> {
  if (bytes.length === 0) return Uint8Array.of(0);
  if (form.isBlosc && draw.chance(0.5)) return changedBlosc(bytes, draw);
  switch (draw.below(7)) {
    case 0:
      return Buffer.concat([bytes, new Uint8Array(draw.of([1, 4, 100]))]);
    case 1:
      return Buffer.concat([bytes, bytes]);
    case 2:
      return bytes.slice(0, bytes.length - 1 - draw.below(Math.min(8, bytes.length)));
    case 3:
      return form.encode(new Uint8Array(draw.of([0, 1, form.bytes - 1, form.bytes + 1, 2 * form.bytes, 2 ** 22])));
    case 4:
      return form.encode(await form.encode(new Uint8Array(form.bytes)));
    default:
      return damagedBytes(bytes, draw);
  }
}

/** Places of the fields of Blosc's header that have one byte, and four. */
const [BYTES, WORDS] = [
  [0, 1, 2, 3],
  [4, 8, 12],
] as const;
const HEADER_BYTES = 16;

/** A buffer of Blosc with a field of its header, the place of a block or the length of a stream changed. */
function changedBlosc(bytes: Uint8Array, draw: Draw): Uint8Array {
  if (bytes.length < HEADER_BYTES + 8) return damagedBytes(bytes, draw);
  const copy = Uint8Array.from(bytes);
  const view = new DataView(copy.buffer);
  const word = (at: number): void => {
    const value = view.getUint32(at, true);
    const others = [value + 1, value - 1, 2 * value, value >> 1, value + 4, -value, bytes.length, bytes.length - 4];
    view.setUint32(at, draw.of(draw.chance(0.7) ? others : NUMBERS), true);
  };
  const first = view.getUint32(HEADER_BYTES, true);
  // What is only stored has no places of blocks.
  const blocks = first > HEADER_BYTES && first < bytes.length ? (first - HEADER_BYTES) / 4 : 1;
  const start = HEADER_BYTES + 4 * draw.below(Math.max(1, Math.floor(blocks)));
  switch (draw.below(8)) {
    case 0:
      copy[draw.of(BYTES)] = draw.below(256);
      return copy;
    case 1:
      copy[2] = (copy[2] as number) ^ (1 << draw.below(8));
      return copy;
    case 2:
      word(draw.of(WORDS));
      return copy;
    case 3:
      if (start + 4 <= bytes.length) word(start);
      return copy;
    case 4: {
      // Two blocks change places.
      const other = HEADER_BYTES + 4 * draw.below(Math.max(1, Math.floor(blocks)));
      const [a, b] = [view.getUint32(start, true), view.getUint32(other, true)];
      view.setUint32(start, b, true);
      view.setUint32(other, a, true);
      return copy;
    }
    case 5: {
      const stream = view.getUint32(start, true);
      if (stream + 4 <= bytes.length) word(stream);
      return copy;
    }
    case 6: {
      // Cut or lengthened, and the header says so.
      const length = Math.max(HEADER_BYTES, bytes.length + draw.of([-1, -4, -9, 1, 4, 100]));
      const out = new Uint8Array(length);
      out.set(copy.subarray(0, length));
      new DataView(out.buffer).setUint32(12, length, true);
      return out;
    }
    default:
      // The streams behind the header.
      for (let count = draw.of([1, 1, 2, 8]); count > 0; count--) {
        copy[HEADER_BYTES + draw.below(bytes.length - HEADER_BYTES)] = draw.below(256);
      }
      return copy;
  }
}
