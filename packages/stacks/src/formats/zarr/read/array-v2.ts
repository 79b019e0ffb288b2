import { requireShapes, type ZarrArray } from './array.ts';
import { byteCodec, CODEC_NAMES } from '../compression/codecs.ts';
import { elementOfNumpy, fillValue } from './element.ts';
import { damaged, isObject, joined, shown, unsupported, wholeNumbers, type Json, type JsonObject } from './json.ts';

/** The array at `path` as `.zarray` and `.zattrs` describe it (zarr 2). @throws InvalidImageError for what is not read. */
export function arrayV2(path: string, metadata: JsonObject, attributes: JsonObject): ZarrArray {
  const file = joined(path, '.zarray');
  const { zarr_format: format, dtype, order = 'C', dimension_separator: separator = '.' } = metadata;
  if (format !== 2) throw unsupported(file, `zarr_format is ${shown(format)}, not 2`);
  const shape = wholeNumbers(metadata['shape'], 0);
  const chunkShape = wholeNumbers(metadata['chunks'], 1);
  requireShapes(file, shape, chunkShape);
  const type = typeof dtype === 'string' ? elementOfNumpy(dtype) : undefined;
  if (type === undefined) {
    throw unsupported(
      file,
      `values of dtype ${shown(dtype)} are not read: bool, integers and floats of 8 to 64 bits are`,
    );
  }
  if (order !== 'C' && order !== 'F') throw damaged(file, `order is ${shown(order)}, not "C" or "F"`);
  if (separator !== '.' && separator !== '/') {
    throw damaged(file, `dimension_separator is ${shown(separator)}, not "." or "/"`);
  }
  const filters = metadata['filters'] ?? [];
  if (!Array.isArray(filters) || filters.length > 0) {
    const first = (filters as readonly Json[])[0];
    throw unsupported(
      file,
      `filter ${shown(isObject(first) ? first['id'] : first)} is not read: chunks without filters are`,
    );
  }
  const fill = fillValue(metadata['fill_value'], type.element);
  if (fill === undefined)
    throw damaged(file, `fill_value is ${shown(metadata['fill_value'])}, not a number of ${shown(dtype)}`);
  const names = attributes['_ARRAY_DIMENSIONS'];
  const axes = shape.map((_, axis) => axis);
  return {
    path,
    shape,
    chunkShape: chunkShape as readonly number[],
    element: type.element,
    fill,
    encoding: {
      order: order === 'C' ? axes : axes.reverse(),
      littleEndian: type.littleEndian,
      codecs: compressor(file, metadata['compressor']),
    },
    fileOf: (place) => joined(path, place.join(separator)),
    ...(isNames(names) && { names }),
    attributes,
  };
}

function compressor(file: string, value: Json | undefined): ZarrArray['encoding']['codecs'] {
  if (value === null || value === undefined) return [];
  const id = isObject(value) ? value['id'] : undefined;
  const codec = typeof id === 'string' ? byteCodec(id) : undefined;
  if (codec !== undefined) return [codec];
  throw unsupported(file, `compressor ${shown(id)} is not read: ${CODEC_NAMES.join(', ')} are`);
}

function isNames(value: Json | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}
