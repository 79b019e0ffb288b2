import { NUMBERS, type Draw } from '../draw.ts';

/** Names that lead out of a package, or look as if. */
export const PATHS = [
  '../model.onnx', '..', '.', './model.onnx', '/etc/passwd', '/dev/zero', 'a/../../b', 'a\\b', '..%2fmodel.onnx', 'C:\\x', 'C:x',
  'https://example.org/model.onnx', 'file:///etc/passwd', 'model.onnx/', '/model.onnx', 'model.onnx\0', 'MODEL.ONNX', 'model.onnx ',
  'mode\u200bl.onnx', 'm\u00f6del.onnx', 'rdf.yaml', 'none', 'a'.repeat(300), `${'a/'.repeat(100)}a`, '~/x', '$HOME', '', ' ',
]; // prettier-ignore

/** A value that may stand in JSON or YAML, of any type, now and then absurd. */
export function oddValue(draw: Draw): unknown {
  switch (draw.below(8)) {
    case 0:
      return draw.of([null, true, false]);
    case 1:
    case 2:
      return draw.of([...NUMBERS, -1, 0.5, -0, 1e-300, 1e308, Infinity, -Infinity, NaN, 2 ** 53, 119.99999, 0.1]);
    case 3:
      return draw.of([[], {}, [[]], [null], { a: 1 }, [{}], { source: 'model.onnx' }, { 0: 'a', length: 1 }]);
    case 4:
      return draw.of(PATHS);
    case 5:
      return draw.of([
        'f'.repeat(64),
        'F'.repeat(64),
        '0'.repeat(63),
        'abc',
        '0.5.0',
        '0.5.',
        'fp32',
        'wasm',
        'batch',
        'x',
        'model',
      ]);
    case 6:
      return draw.of([
        '__proto__',
        'constructor',
        'toString',
        '\ud800',
        '\u0000',
        'x'.repeat(10_000),
        '1e5',
        'null',
        '~',
        '=',
      ]);
    default:
      return Array.from({ length: 1 + draw.below(5) }, () => draw.of(NUMBERS));
  }
}

type Container = Record<string, unknown> | unknown[];

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;

/** Changes one value in `root`, at any depth: takes it out, doubles it, renames it, or puts another in its place. */
export function changeValue(root: Container, draw: Draw): void {
  const places: { readonly parent: Container; readonly key: string }[] = [];
  const walk = (parent: Container): void => {
    for (const [key, value] of Object.entries(parent)) {
      places.push({ parent, key });
      if (isContainer(value)) walk(value);
    }
  };
  walk(root);
  if (places.length === 0) return;
  const { parent, key } = draw.of(places);
  const value = Reflect.get(parent, key) as unknown;
  const other = draw.of(places);
  switch (draw.below(8)) {
    case 0:
      return remove(parent, key);
    case 1:
      if (Array.isArray(parent)) parent.push(structuredClone(value));
      else
        parent[draw.of([`${key}_2`, key.toUpperCase(), 'future', 'external_data', 'engine', 'postprocessing'])] = value;
      return;
    case 2:
      if (Array.isArray(parent)) parent.reverse();
      else
        Object.assign(
          parent,
          Object.fromEntries(
            Object.entries(parent)
              .reverse()
              .map(([name, one]) => [name, one]),
          ),
        );
      return;
    case 3:
      // A value of another place: of its kind, and wrong here.
      return put(parent, key, structuredClone(Reflect.get(other.parent, other.key) as unknown));
    case 4:
      if (typeof value === 'number')
        return put(parent, key, draw.of([value + 1e-9, value * (1 + 1e-15), -value, value + 1, String(value)]));
      if (typeof value === 'string')
        return put(parent, key, draw.of([...PATHS, `${value} `, value.toUpperCase(), value.slice(1), [value]]));
      return put(parent, key, oddValue(draw));
    default:
      return put(parent, key, oddValue(draw));
  }
}

function remove(parent: Container, key: string): void {
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
}

function put(parent: Container, key: string, value: unknown): void {
  Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
}
