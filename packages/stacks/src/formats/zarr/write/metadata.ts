import type { ZarrWriterOptions } from './options.ts';

const AXES = ['z', 'y', 'x'] as const;

/**
 * What stands in the zarr.json of the image: OME-Zarr 0.5.
 *
 * @param count of scales.
 */
export function imageMetadata({ labels, pixelSize, origin, name }: ZarrWriterOptions, count: number): object {
  const axes = AXES.map((axis) => ({
    name: axis,
    type: 'space',
    ...(pixelSize?.[axis] !== undefined && { unit: 'nanometer' }),
  }));
  const [z, y, x] = AXES.map((axis) => pixelSize?.[axis] ?? 1) as [number, number, number];
  const first = AXES.map((axis) => (pixelSize?.[axis] === undefined ? 0 : (origin?.[axis] ?? 0)));
  const [top, upper, left] = first as [number, number, number];
  const datasets = Array.from({ length: count }, (_, level) => {
    const factor = 2 ** level;
    // The middle of the first pixel of a smaller scale is not that of the full one.
    const shift = (factor - 1) / 2;
    return {
      path: String(level),
      coordinateTransformations: [
        { type: 'scale', scale: [z, y * factor, x * factor] },
        { type: 'translation', translation: [top, upper + y * shift, left + x * shift] },
      ],
    };
  });
  const type = labels === true ? 'mode' : 'mean';
  const multiscale = { name: name ?? (labels === true ? 'labels' : 'image'), axes, datasets, type };
  return {
    zarr_format: 3,
    node_type: 'group',
    attributes: {
      ome: { version: '0.5', multiscales: [multiscale], ...(labels === true && { 'image-label': {} }) },
    },
  };
}

/** What stands in the zarr.json of a scale. @param shape z, y, x */
export function arrayMetadata(
  shape: readonly [number, number, number],
  chunkShape: readonly [number, number, number],
  dtype: string,
  codec: object,
): object {
  return {
    zarr_format: 3,
    node_type: 'array',
    shape,
    data_type: dtype,
    chunk_grid: { name: 'regular', configuration: { chunk_shape: chunkShape } },
    chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
    fill_value: 0,
    codecs: [dtype === 'uint8' ? { name: 'bytes' } : { name: 'bytes', configuration: { endian: 'little' } }, codec],
    attributes: {},
    dimension_names: AXES,
  };
}
