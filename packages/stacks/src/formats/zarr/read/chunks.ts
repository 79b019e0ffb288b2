import { InvalidImageError, type GreyData } from '@dilated-unet/core';
import type { ReadOptions } from '../../../bytes.ts';
import { DecodeError } from '../../../compression/errors.ts';
import { BYTES_PER_VALUE, NATIVE_LITTLE_ENDIAN, swapBytes, valuesIn } from '../../../dtype.ts';
import type { OpenOptions } from '../../../options.ts';
import { allocate, requireMemory } from '../../../source.ts';
import { dtypeFor, storedName, unpacker } from '../../../stored-values.ts';
import type { Dtype } from '../../../dtype.ts';
import type { FolderPlace } from '../../format.ts';
import { decodeBytes, mostStored } from '../compression/codecs.ts';
import { chunkBytes, product, shapeText, type ZarrArray } from './array.ts';
import { damaged } from './json.ts';
import { chunksInFiles, chunksInShards } from './shards.ts';

/** Reads the chunks of an array. */
export interface ChunkReader {
  readonly dtype: Dtype;
  /** Places between neighbours along each axis of the array in what `read` gives. */
  readonly strides: readonly number[];
  /** Of what `read` gives. */
  readonly chunkBytes: number;
  /** What `read` takes at most, with what it gives, as compression makes no chunk longer. */
  readonly readBytes: number;
  /** The values of the chunk at `place` of the grid, in the order of the array's encoding; undefined for one that is not stored. */
  read(place: readonly number[], options: ReadOptions): Promise<GreyData | undefined>;
}

/** @throws InvalidImageError when a chunk takes more than `maxBytes`, or its values are of a type that is not read. */
export function chunkReader(
  folder: FolderPlace,
  array: ZarrArray,
  { maxBytes, ids }: Pick<OpenOptions, 'maxBytes' | 'ids'>,
): ChunkReader {
  const { chunkShape, element, encoding, sharding } = array;
  const { stored } = element;
  const dtype = dtypeFor(stored) as Dtype;
  const count = product(chunkShape);
  const length = chunkBytes(array);
  const what = `A chunk of ${shapeText(chunkShape)} ${storedName(stored)} values`;
  requireMemory(what, length, maxBytes);
  const find = sharding ? chunksInShards(folder, array, sharding, maxBytes) : chunksInFiles(array);
  const unpack = unpacker(stored, ids);
  const most = mostStored(length, encoding.codecs);

  const valuesOf = (bytes: Uint8Array<ArrayBuffer>): GreyData => {
    if (encoding.littleEndian !== NATIVE_LITTLE_ENDIAN) swapBytes(bytes, (stored.bits / 8) as 1 | 2 | 4 | 8);
    if (unpack === undefined) {
      const values = valuesIn(bytes, dtype);
      return element.isBoolean ? values.map((value) => (value === 0 ? 0 : 255)) : values;
    }
    const values = allocate(dtype, count, what);
    unpack(bytes, 0, count, values, 0);
    return values;
  };

  return {
    dtype,
    strides: stridesOf(chunkShape, encoding.order),
    chunkBytes: count * BYTES_PER_VALUE[dtype],
    // As it is stored, and decoded; values of another type are memory of their own.
    readBytes: (encoding.codecs.length === 0 ? length : 2 * length) + (unpack ? count * BYTES_PER_VALUE[dtype] : 0),
    async read(place, options) {
      const at = await find(place, options);
      if (at === undefined) return undefined;
      const { file, part } = at;
      const name = part === undefined ? `chunk ${file}` : `chunk ${place.join(', ')} in ${file}`;
      if (part !== undefined && part.end - part.start > most) {
        throw damaged(name, `it has ${part.end - part.start} bytes, more than the ${most} that it can need`);
      }
      const encoded = await folder.read(file, { part, most, signal: options.signal });
      if (encoded === undefined) return undefined;
      try {
        return valuesOf(await decodeBytes(encoded, encoding.codecs, length));
      } catch (cause) {
        if (cause instanceof DecodeError) throw damaged(name, `it is damaged or cut off: ${cause.message}`, { cause });
        if (!(cause instanceof InvalidImageError)) throw cause;
        throw new InvalidImageError(`${name}: ${cause.message}`, { cause });
      }
    },
  };
}

/** @param order the axes as they are stored, the one that varies slowest first. */
function stridesOf(shape: readonly number[], order: readonly number[]): readonly number[] {
  const strides = shape.map(() => 1);
  let step = 1;
  for (const axis of order.toReversed()) {
    strides[axis] = step;
    step *= shape[axis] as number;
  }
  return strides;
}
