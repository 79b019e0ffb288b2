import type { Content } from './zarr.ts';

/** Stands in every file beside the zarrs; from behind it is the same. */
export const MARK = 'EVASSAVE';

const SIZE = 24;

/** What no zarr may show: an array that could be read, and a text that is no JSON. By their paths beside the zarrs. */
export function secretFiles(): ReadonlyMap<string, Content> {
  const shape = [1, SIZE, SIZE];
  const array = {
    zarr_format: 3,
    node_type: 'array',
    shape,
    data_type: 'uint8',
    chunk_grid: { name: 'regular', configuration: { chunk_shape: shape } },
    chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
    fill_value: 0,
    codecs: [{ name: 'bytes' }],
    attributes: { [MARK]: MARK },
  };
  const text = MARK.repeat((SIZE * SIZE) / MARK.length);
  return new Map<string, Content>([
    ['secret.zarr/0/zarr.json', new TextEncoder().encode(JSON.stringify(array))],
    ['secret.zarr/0/c/0/0/0', new TextEncoder().encode(text)],
    ['secret.json', new TextEncoder().encode(text)],
  ]);
}
