import type { Draw } from '../draw.ts';
import { NUMBERS } from '../draw.ts';
import { changeValue } from '../packages/values.ts';
import { jsonBytes, type Metadata } from './zarr.ts';

/** Words that stand for one another, of which each may be put in the place of another. */
const WORDS: readonly (readonly string[])[] = [
  ['uint8', 'int8', 'bool', 'uint16', 'int16', 'float16', 'uint32', 'int32', 'float32', 'uint64', 'int64', 'float64', 'complex64', 'r16', 'string', 'float8_e4m3'],
  ['|u1', '<u1', '|i1', '|b1', '<u2', '>u2', '<i2', '>i2', '<f2', '>f2', '<u4', '>u4', '<f4', '>f4', '<i8', '>f8', '<c8', '|S1', '<U1', '|O', '<M8[ns]', '=u2', '|u2', 'u1', '<u3'],
  ['blosc', 'zstd', 'gzip', 'zlib', 'lz4', 'bz2', 'lzma', 'numcodecs.zlib', 'numcodecs.lz4', 'numcodecs.blosc', 'crc32c', 'bytes', 'transpose', 'sharding_indexed', 'vlen-utf8', 'delta', 'snappy'],
  ['default', 'v2', 'suffix', 'regular', 'rectilinear'],
  ['.', '/', '', '-', '../', '//', '\\', '%2f', '\0'],
  ['little', 'big', 'native'],
  ['start', 'end', 'middle'],
  ['C', 'F', 'A', 'c'],
  ['array', 'group', 'Array', 'external'],
  ['t', 'c', 'z', 'y', 'x', 'X', 'Z', 'angle', 'time', 'channel', 'space'],
  ['nanometer', 'micrometer', 'meter', 'furlong', 'pixel', ''],
  ['scale', 'translation', 'affine', 'identity'],
  ['0.4', '0.5', '0.5-dev', '0.3', '0.1', '9.9'],
  ['noshuffle', 'shuffle', 'bitshuffle'],
  ['lz4', 'lz4hc', 'blosclz', 'zlib', 'zstd', 'snappy'],
  ['NaN', 'Infinity', '-Infinity', '0x7fc00000', '0x7e00', '0x7ff8000000000000', 'nan', '0x'],
]; // prettier-ignore

/** Paths that lead out of a folder, or look as if; `secret.zarr` lies beside it, `outside` is the folder of both. */
function pathsOf(outside: string): readonly string[] {
  const target = 'secret.zarr/0';
  return [
    `../${target}`, `0/../../${target}`, `./../${target}`, `..%2f${target}`, '..%2fsecret.zarr%2f0', `%2e%2e/${target}`, `.%2e/${target}`,
    '..\\secret.zarr\\0', `${outside}/${target}`, `/${outside}/${target}`, `file://${outside}/${target}`, '..', '.', './0', '0/', '/0', '//0',
    '0/../0', '0/.', '..\0/secret.zarr/0', `0\0/../../${target}`, '\uff0e\uff0e/secret.zarr/0', '..\u2215secret.zarr', '~', '$HOME', '', ' ', '0 ',
    'a'.repeat(300), 'a/'.repeat(2000), 's0', 's1', '0', '1', 'full/0', 'half/0', 'c', 'zarr.json', '\ud800', '__proto__',
  ]; // prettier-ignore
}

type Container = Metadata | unknown[];

interface Place {
  readonly parent: Container;
  readonly key: string;
  readonly value: unknown;
}

/** Changes a value in one of the files of metadata. */
export function changeMetadata(files: ReadonlyMap<string, Metadata>, outside: string, draw: Draw): void {
  const roots = [...files.values()];
  const root = draw.of(roots);
  if (draw.chance(0.25)) return changeValue(root, draw);
  const all = placesIn(root);
  if (all.length === 0) return void Object.assign(root, { zarr_format: draw.of([2, 3, 4, '3', null]) });
  const paths = all.filter(({ key }) => key === 'path');
  const { parent, key, value } = paths.length > 0 && draw.chance(0.15) ? draw.of(paths) : draw.of(all);
  Reflect.set(parent, key, near(value, key, outside, draw));
}

function placesIn(parent: Container): readonly Place[] {
  return Object.entries(parent).flatMap(([key, value]: [string, unknown]) => [
    { parent, key, value },
    ...(typeof value === 'object' && value !== null ? placesIn(value as Container) : []),
  ]);
}

/** A value that might stand in the place of `value`, now and then an impossible one. */
function near(value: unknown, key: string, outside: string, draw: Draw): unknown {
  if (key === 'path' || (key === '0' && value === 'cells')) return draw.of(pathsOf(outside));
  if (typeof value === 'number') {
    const odd = [0, -1, -value, value + 0.5, String(value), null, [value], 2 ** 53, 1e15, 1e308, true];
    return draw.chance(0.6)
      ? draw.of([value + 1, value - 1, 2 * value, value + 7])
      : draw.of<unknown>([...odd, ...NUMBERS]);
  }
  if (typeof value === 'boolean') return draw.of([!value, null, Number(value), String(value)]);
  if (typeof value === 'string') {
    const others = WORDS.filter((words) => words.includes(value));
    return draw.of(others.length > 0 && draw.chance(0.85) ? others.flat() : WORDS.flat());
  }
  if (value === null)
    return draw.of<unknown>([0, 7, 'NaN', {}, [], { id: 'zlib', level: 1 }, [{ id: 'delta', dtype: '<u1' }]]);
  if (Array.isArray(value)) return nearList(value, draw);
  return draw.of([
    {},
    null,
    [value],
    Object.fromEntries(Object.entries(value as object).reverse()),
    { ...value, must_understand: false },
  ]);
}

function nearList(value: readonly unknown[], draw: Draw): readonly unknown[] {
  const other = draw.of<unknown>([...value, 0, 1, 2, null, {}]);
  const at = draw.below(value.length + 1);
  switch (draw.below(6)) {
    case 0:
      return value.toReversed();
    case 1:
      return value.toSpliced(at, 0, structuredClone(other));
    case 2:
      return value.toSpliced(at, 1);
    case 3:
      return [];
    case 4:
      return [...value.slice(1), ...value.slice(0, 1)];
    default:
      return value.map((one) => (typeof one === 'number' ? draw.of([one, 2 * one, one + 1, 1]) : one));
  }
}

/** The text of metadata, now and then of another form, deeply nested, with a key twice, or no JSON. */
export function changedText(value: Metadata, draw: Draw): Uint8Array {
  const text = JSON.stringify(value);
  const encode = (changed: string): Uint8Array => new TextEncoder().encode(changed);
  switch (draw.below(9)) {
    case 0:
      return encode(`\ufeff${text}`);
    case 1:
      return encode(text.replace(/:(\d+)/, ':NaN'));
    case 2:
      return encode(text.replace(/:(\d+)/, ':$1.0'));
    case 3:
      return encode(`{"shape":[1,1,1],${text.slice(1)}`);
    case 4:
      return encode(`${text.slice(0, -1)},"shape":[2,2,2]}`);
    case 5:
      return encode(`${text.slice(0, -1)},"attributes":${'['.repeat(50_000)}${']'.repeat(50_000)}}`);
    case 6:
      return encode(JSON.stringify(value, undefined, 2));
    case 7:
      return jsonBytes(draw.of<unknown>([[], null, 3, 'zarr', [value], { value }]));
    default:
      return Uint8Array.from(encode(text), (byte) => (draw.chance(0.01) ? draw.below(256) : byte));
  }
}
