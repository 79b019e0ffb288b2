import type { Draw } from '../draw.ts';
import { values, type ValueType } from '../values.ts';
import { BUFFER_VALUES, drawnBuffer, drawnCodec, type DrawnCodec } from './codecs.ts';
import type { ChunkForm, Metadata, Shard } from './zarr.ts';

/** An array whose every chunk is good. */
export interface DrawnArray {
  /** Metadata, chunks and shards by their path in the folder of the array. */
  readonly metadata: Map<string, Metadata>;
  readonly chunks: Map<string, Uint8Array>;
  readonly shards: Map<string, Shard>;
  readonly form: ChunkForm;
}

/** What is known of an array before it is drawn. */
export interface ArrayWish {
  readonly version: 2 | 3;
  /** Letters, the slowest first. */
  readonly axes: readonly string[];
  /** Whether its names of axes stand in its metadata. */
  readonly named: boolean;
  readonly sharded: boolean;
}

const TYPES: readonly (ValueType | 'bool')[] = [
  [8, 1], [8, 1], [16, 1], [16, 1], [32, 1], [64, 1], [8, 2], [16, 2], [32, 2], [64, 2], [16, 3], [32, 3], [32, 3], [64, 3], 'bool',
]; // prettier-ignore

interface Layout extends ArrayWish {
  readonly shape: readonly number[];
  readonly chunks: readonly number[];
  readonly type: ValueType | 'bool';
  readonly codec: DrawnCodec;
  readonly littleEndian: boolean;
  /** The axes as a chunk stores them, the slowest first. */
  readonly order: readonly number[];
  readonly separator: '.' | '/';
}

const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1);
const sizeOf = (type: Layout['type']): number => (type === 'bool' ? 1 : type[0] / 8);

export async function drawnArray(draw: Draw, wish: ArrayWish): Promise<DrawnArray> {
  const layout = drawnLayout(draw, wish);
  const bytes = product(layout.chunks) * sizeOf(layout.type);
  const encode = layout.codec.encode;
  const form = { bytes, isBlosc: layout.codec.isBlosc, encode };
  const oneChunk = async (): Promise<Uint8Array | undefined> =>
    draw.chance(0.93) ? encode(valuesOf(draw, layout, bytes)) : undefined;

  if (!wish.sharded) {
    const chunks = new Map<string, Uint8Array>();
    for (const place of places(layout.shape.map((size, axis) => Math.ceil(size / (layout.chunks[axis] as number))))) {
      const chunk = await oneChunk();
      if (chunk !== undefined) chunks.set(keyOf(place, layout), chunk);
    }
    return { ...metadataOf(draw, layout), chunks, shards: new Map(), form };
  }
  const per = layout.shape.map(() => 1 + draw.below(2));
  const shards = new Map<string, Shard>();
  const [tableAtEnd, littleEndian, checked] = [draw.chance(0.7), draw.chance(0.8), draw.chance(0.7)];
  const grid = layout.shape.map((size, axis) =>
    Math.ceil(size / ((layout.chunks[axis] as number) * (per[axis] as number))),
  );
  for (const place of places(grid)) {
    const chunks: (Uint8Array | undefined)[] = [];
    for (let i = 0; i < product(per); i++) chunks.push(await oneChunk());
    shards.set(keyOf(place, layout), { chunks, tableAtEnd, littleEndian, checked });
  }
  return { ...metadataOf(draw, layout, { per, tableAtEnd, littleEndian, checked }), chunks: new Map(), shards, form };
}

function drawnLayout(draw: Draw, wish: ArrayWish): Layout {
  const separator = draw.of(['.', '/'] as const);
  const axes = wish.axes.map((_, axis) => axis);
  const order = wish.sharded || draw.chance(0.8) ? axes : wish.version === 2 ? axes.toReversed() : shuffled(axes, draw);
  if (draw.chance(0.2)) {
    const { size, codec } = drawnBuffer(draw);
    const chunks = wish.axes.map((_, axis) => (axis === wish.axes.length - 1 ? BUFFER_VALUES : 1));
    const shape = chunks.map((size, axis) => (axis === chunks.length - 1 ? size - draw.below(9) : 1 + draw.below(2)));
    return { ...wish, shape, chunks, type: [8 * size, 1], codec, littleEndian: true, order, separator };
  }
  const type = draw.of(TYPES);
  const shape = wish.axes.map((axis) => 1 + draw.below(axis === 'x' || axis === 'y' ? 20 : axis === 'z' ? 4 : 2));
  let chunks = shape.map((size) => 1 + draw.below(size + 1));
  if (product(shape.map((size, axis) => Math.ceil(size / (chunks[axis] as number)))) > 12) chunks = [...shape];
  let codec = drawnCodec(draw, sizeOf(type));
  // Zarr 2 has no checksums here.
  while (wish.version === 2 && codec.v3.length > 1) codec = drawnCodec(draw, sizeOf(type));
  return { ...wish, shape, chunks, type, codec, littleEndian: draw.chance(0.8), order, separator };
}

function shuffled(axes: readonly number[], draw: Draw): readonly number[] {
  const rest = [...axes];
  return axes.map(() => rest.splice(draw.below(rest.length), 1)[0] as number);
}

function valuesOf(draw: Draw, { type, littleEndian }: Layout, bytes: number): Uint8Array {
  if (type === 'bool') return Uint8Array.from({ length: bytes }, () => draw.below(2));
  return values(bytes, type, draw, littleEndian);
}

function* places(grid: readonly number[]): Generator<readonly number[], void, undefined> {
  for (let i = 0; i < product(grid); i++) {
    let rest = i;
    const place = grid.toReversed().map((size) => {
      const own = rest % size;
      rest = Math.floor(rest / size);
      return own;
    });
    yield place.reverse();
  }
}

function keyOf(place: readonly number[], { version, separator }: Layout): string {
  return [...(version === 3 ? ['c'] : []), ...place].join(separator);
}

interface Sharding {
  readonly per: readonly number[];
  readonly tableAtEnd: boolean;
  readonly littleEndian: boolean;
  readonly checked: boolean;
}

function metadataOf(draw: Draw, layout: Layout, sharding?: Sharding): { metadata: Map<string, Metadata> } {
  const { version, shape, chunks, type, codec, littleEndian, order, separator, axes, named } = layout;
  const fill = fillOf(draw, type);
  if (version === 2) {
    const kind = type === 'bool' ? 'b' : ['', 'u', 'i', 'f'][type[1]];
    const dtype = `${sizeOf(type) === 1 ? '|' : littleEndian ? '<' : '>'}${kind}${sizeOf(type)}`;
    const array = {
      zarr_format: 2,
      shape,
      chunks,
      dtype,
      compressor: codec.v2,
      fill_value: draw.chance(0.2) ? null : fill,
      order: order[0] === 0 ? 'C' : 'F',
      filters: null,
      ...((separator === '/' || draw.chance(0.5)) && { dimension_separator: separator }),
    };
    return {
      metadata: new Map<string, Metadata>([
        ['.zarray', structuredClone(array)],
        ['.zattrs', named ? { _ARRAY_DIMENSIONS: axes } : {}],
      ]),
    };
  }
  const bytes = {
    name: 'bytes',
    ...((sizeOf(type) > 1 || draw.chance(0.5)) && { configuration: { endian: littleEndian ? 'little' : 'big' } }),
  };
  const isStraight = order.every((axis, i) => axis === i);
  const inner = [...(isStraight ? [] : [{ name: 'transpose', configuration: { order } }]), bytes, ...codec.v3];
  const array = {
    zarr_format: 3,
    node_type: 'array',
    shape,
    data_type: type === 'bool' ? 'bool' : `${['', 'uint', 'int', 'float'][type[1]]}${type[0]}`,
    chunk_grid: {
      name: 'regular',
      configuration: {
        chunk_shape: sharding ? chunks.map((size, axis) => size * (sharding.per[axis] as number)) : chunks,
      },
    },
    chunk_key_encoding: { name: 'default', configuration: { separator } },
    fill_value: fill,
    codecs: sharding ? [shardingCodec(chunks, inner, sharding)] : inner,
    attributes: {},
    ...(named && { dimension_names: axes }),
    ...(draw.chance(0.3) && { storage_transformers: [] }),
  };
  return { metadata: new Map<string, Metadata>([['zarr.json', structuredClone(array)]]) };
}

function shardingCodec(
  chunkShape: readonly number[],
  codecs: readonly object[],
  { tableAtEnd, littleEndian, checked }: Sharding,
): object {
  const table = { name: 'bytes', configuration: { endian: littleEndian ? 'little' : 'big' } };
  return {
    name: 'sharding_indexed',
    configuration: {
      chunk_shape: chunkShape,
      codecs,
      index_codecs: [table, ...(checked ? [{ name: 'crc32c' }] : [])],
      index_location: tableAtEnd ? 'end' : 'start',
    },
  };
}

function fillOf(draw: Draw, type: Layout['type']): unknown {
  if (type === 'bool') return draw.chance(0.5);
  if (type[1] === 3) return draw.of<unknown>([0, 1.5, -3, 'NaN', 'Infinity', '-Infinity']);
  return type[1] === 2 ? draw.of([0, -1, -128, 7]) : draw.of([0, 7, 255]);
}
