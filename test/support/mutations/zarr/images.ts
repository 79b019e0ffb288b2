import type { Draw } from '../draw.ts';
import { drawnArray, type DrawnArray } from './arrays.ts';
import type { Metadata, ZarrParts } from './zarr.ts';

/** A plain array, or an image of OME-Zarr 0.4 or 0.5 with one or two scales, by itself or as the first of a series. */
export async function drawnZarr(draw: Draw, sharded: boolean): Promise<ZarrParts> {
  const version = sharded ? 3 : draw.of([2, 3] as const);
  const axes = draw.of(['zyx', 'zyx', 'zyx', 'yx', 'czyx', 'tczyx']).split('');
  const isPlain = draw.chance(0.3);
  const named = isPlain && (axes.length > 3 || draw.chance(0.5));
  const array = await drawnArray(draw, { version, axes, named, sharded });
  if (isPlain) return array;
  const parts: ZarrParts = { metadata: new Map(), chunks: new Map(), shards: new Map(), form: array.form };
  const root = draw.chance(0.85) ? '' : draw.of(['0', 'cells']);
  const at = (name: string): string => (root === '' ? name : `${root}/${name}`);
  const paths = draw.of([['0'], ['s0', 's1'], ['full/0', 'half/0']]);
  add(parts, at(paths[0] as string), array);
  if (paths[1] !== undefined) {
    add(parts, at(paths[1]), await drawnArray(draw, { version, axes, named: false, sharded: false }));
  }
  putGroup(parts, root, version, imageOf(draw, axes, paths, version));
  if (root === '0') putGroup(parts, '', version, { 'bioformats2raw.layout': 3 });
  if (root === 'cells') putGroup(parts, '', version, { labels: ['cells'] });
  return parts;
}

function add(parts: ZarrParts, path: string, array: DrawnArray): void {
  for (const kind of ['metadata', 'chunks', 'shards'] as const) {
    for (const [name, content] of array[kind]) (parts[kind] as Map<string, unknown>).set(`${path}/${name}`, content);
  }
}

/** @param ome what OME-Zarr says of the group. */
function putGroup({ metadata }: ZarrParts, path: string, version: 2 | 3, ome: Metadata): void {
  const at = (name: string): string => (path === '' ? name : `${path}/${name}`);
  if (version === 3) {
    metadata.set(at('zarr.json'), {
      zarr_format: 3,
      node_type: 'group',
      attributes: { ome: { version: '0.5', ...ome } },
    });
    return;
  }
  metadata.set(at('.zgroup'), { zarr_format: 2 });
  metadata.set(at('.zattrs'), ome);
}

const TYPE: Readonly<Record<string, string>> = { t: 'time', c: 'channel' };

function imageOf(draw: Draw, letters: readonly string[], paths: readonly string[], version: 2 | 3): Metadata {
  const unit = draw.of(['nanometer', 'micrometer', undefined]);
  const axes = letters.map((name) => ({
    name,
    type: TYPE[name] ?? 'space',
    ...(unit !== undefined && TYPE[name] === undefined && { unit }),
  }));
  const datasets = paths.map((path, level) => ({
    path,
    coordinateTransformations: [
      { type: 'scale', scale: letters.map((name) => (name === 'y' || name === 'x' ? 4 * 2 ** level : 1)) },
    ],
  }));
  const image = { name: 'image', axes, datasets, ...(version === 2 && { version: '0.4' }) };
  return { multiscales: draw.chance(0.9) ? [image] : [image, structuredClone(image)] };
}
