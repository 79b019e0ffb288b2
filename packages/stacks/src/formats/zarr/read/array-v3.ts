import { NATIVE_LITTLE_ENDIAN } from '../../../dtype.ts';
import { product, requireShapes, shapeText, type Encoding, type Sharding, type ZarrArray } from './array.ts';
import { byteCodec, CODEC_NAMES } from '../compression/codecs.ts';
import { elementOf, fillValue } from './element.ts';
import { damaged, isObject, joined, shown, unsupported, wholeNumbers, type Json, type JsonObject } from './json.ts';

/** Fields of an array's metadata; what the specification does not know must be understood unless it says otherwise. */
const FIELDS = [
  'zarr_format',
  'node_type',
  'shape',
  'data_type',
  'chunk_grid',
  'chunk_key_encoding',
  'fill_value',
  'codecs',
  'attributes',
  'storage_transformers',
  'dimension_names',
  'consolidated_metadata',
];

/** The array at `path` as its `zarr.json` describes it (zarr 3). @throws InvalidImageError for what is not read. */
export function arrayV3(path: string, metadata: JsonObject): ZarrArray {
  const file = joined(path, 'zarr.json');
  const { data_type: type, dimension_names: names, attributes } = metadata;
  const unknown = Object.entries(metadata).find(
    ([name, value]) => !FIELDS.includes(name) && !(isObject(value) && value['must_understand'] === false),
  );
  if (unknown !== undefined) throw unsupported(file, `field ${shown(unknown[0])} is not known`);
  const transformers = metadata['storage_transformers'] ?? [];
  if (!Array.isArray(transformers) || transformers.length > 0) {
    throw unsupported(file, `storage transformers (${shown(transformers)}) are not read`);
  }
  const shape = wholeNumbers(metadata['shape'], 0);
  const grid = named(metadata['chunk_grid']);
  if (grid?.name !== 'regular')
    throw unsupported(file, `the chunk grid ${shown(grid?.name)} is not read: "regular" is`);
  const gridShape = wholeNumbers(grid.configuration['chunk_shape'], 1);
  requireShapes(file, shape, gridShape);
  const element = typeof type === 'string' ? elementOf(type) : undefined;
  if (element === undefined) {
    throw unsupported(
      file,
      `values of data_type ${shown(type)} are not read: bool, integers and floats of 8 to 64 bits are`,
    );
  }
  const fill = fillValue(metadata['fill_value'], element);
  if (fill === undefined)
    throw damaged(file, `fill_value is ${shown(metadata['fill_value'])}, not a number of ${shown(type)}`);
  const { sharding, ...encoding } = codecChain(file, metadata['codecs'], shape.length);
  const inner = sharding && innerOf(file, sharding, gridShape as readonly number[]);
  return {
    path,
    shape,
    chunkShape: inner?.chunkShape ?? (gridShape as readonly number[]),
    element,
    fill,
    encoding: inner?.encoding ?? encoding,
    ...(inner && { sharding: inner.sharding }),
    fileOf: keys(file, path, metadata['chunk_key_encoding']),
    ...(Array.isArray(names) && { names: names.map((name: Json) => (typeof name === 'string' ? name : '')) }),
    attributes: isObject(attributes) ? attributes : {},
  };
}

/** An extension point of zarr 3: its name, alone or with a configuration. */
function named(value: Json | undefined): { readonly name: string; readonly configuration: JsonObject } | undefined {
  if (typeof value === 'string') return { name: value, configuration: {} };
  if (!isObject(value) || typeof value['name'] !== 'string') return undefined;
  return { name: value['name'], configuration: isObject(value['configuration']) ? value['configuration'] : {} };
}

/** An array becomes an array (transpose), then bytes, and these become others. */
function codecChain(
  file: string,
  value: Json | undefined,
  axes: number,
): Encoding & { readonly sharding?: JsonObject } {
  const codecs = Array.isArray(value) ? value.map(named) : [];
  let order = Array.from({ length: axes }, (_, axis) => axis);
  let i = 0;
  for (; codecs[i]?.name === 'transpose'; i++) {
    const step = codecs[i]?.configuration['order'];
    const permutation = orderOf(step, axes);
    if (
      permutation?.length !== axes ||
      new Set(permutation).size !== axes ||
      permutation.some((axis) => axis >= axes)
    ) {
      throw damaged(file, `order of transpose is ${shown(step)}, not each of ${axes} axes once`);
    }
    order = permutation.map((axis) => order[axis] as number);
  }
  const toBytes = codecs[i];
  if (toBytes?.name === 'sharding_indexed') {
    if (codecs.length > 1) throw unsupported(file, 'other codecs beside sharding_indexed are not read');
    return { order, littleEndian: NATIVE_LITTLE_ENDIAN, codecs: [], sharding: toBytes.configuration };
  }
  if (toBytes?.name !== 'bytes') {
    throw unsupported(
      file,
      `codec ${shown(toBytes?.name)} is not read: transpose, bytes and sharding_indexed are in its place`,
    );
  }
  const { endian = NATIVE_LITTLE_ENDIAN ? 'little' : 'big' } = toBytes.configuration;
  if (endian !== 'little' && endian !== 'big') throw damaged(file, `endian is ${shown(endian)}, not "little" or "big"`);
  const rest = codecs.slice(i + 1).map((codec) => {
    const known = codec && byteCodec(codec.name);
    if (known !== undefined) return known;
    throw unsupported(file, `codec ${shown(codec?.name)} is not read: ${CODEC_NAMES.join(', ')} are`);
  });
  return { order, littleEndian: endian === 'little', codecs: rest };
}

/** The axes in the order of a transpose; the first drafts of zarr 3 called two orders by letters. */
function orderOf(order: Json | undefined, axes: number): readonly number[] | undefined {
  if (order === 'C') return Array.from({ length: axes }, (_, axis) => axis);
  if (order === 'F') return Array.from({ length: axes }, (_, axis) => axes - 1 - axis);
  return wholeNumbers(order, 0);
}

/** @param grid shape of a file. */
function innerOf(
  file: string,
  configuration: JsonObject,
  grid: readonly number[],
): { readonly chunkShape: readonly number[]; readonly encoding: Encoding; readonly sharding: Sharding } {
  const chunkShape = wholeNumbers(configuration['chunk_shape'], 1);
  if (chunkShape?.length !== grid.length || grid.some((size, axis) => size % (chunkShape[axis] as number) !== 0)) {
    throw damaged(
      file,
      `chunk_shape of sharding_indexed is ${shown(configuration['chunk_shape'])}, into which a shard of ${shapeText(grid)} cannot be cut`,
    );
  }
  const { sharding: nested, ...encoding } = codecChain(file, configuration['codecs'], grid.length);
  if (nested !== undefined) throw unsupported(file, 'shards inside of shards are not read');
  const index = codecChain(file, configuration['index_codecs'], grid.length + 1);
  if (index.sharding !== undefined || index.order.some((axis, i) => axis !== i)) {
    throw unsupported(
      file,
      `index_codecs of sharding_indexed are ${shown(configuration['index_codecs'])}: bytes and crc32c are read`,
    );
  }
  if (index.codecs.some(({ name }) => name !== 'crc32c')) {
    throw damaged(file, 'index_codecs of sharding_indexed must give an index of fixed size: bytes and crc32c do');
  }
  const location = configuration['index_location'] ?? 'end';
  if (location !== 'end' && location !== 'start') {
    throw damaged(file, `index_location is ${shown(location)}, not "start" or "end"`);
  }
  if (!Number.isSafeInteger(16 * product(grid))) throw damaged(file, `a shard of ${shapeText(grid)} values cannot be`);
  return {
    chunkShape,
    encoding,
    sharding: {
      shape: grid,
      indexLittleEndian: index.littleEndian,
      indexCodecs: index.codecs,
      indexAtEnd: location === 'end',
    },
  };
}

function keys(file: string, path: string, value: Json | undefined): ZarrArray['fileOf'] {
  const encoding = named(value);
  const { separator = encoding?.name === 'v2' ? '.' : '/' } = encoding?.configuration ?? {};
  if (encoding === undefined || !['default', 'v2'].includes(encoding.name)) {
    throw unsupported(file, `chunk_key_encoding ${shown(encoding?.name)} is not read: "default" and "v2" are`);
  }
  if (separator !== '.' && separator !== '/') throw damaged(file, `separator is ${shown(separator)}, not "." or "/"`);
  const start = encoding.name === 'v2' ? [] : ['c'];
  return (place) => joined(path, [...start, ...place].join(separator));
}
