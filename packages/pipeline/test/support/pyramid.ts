import type { GreyStack } from '@dilated-unet/core';
import { arrayV3, imageV5, writeFiles } from '../../../stacks/test/support/zarr.ts';

/** Writes an OME-Zarr of these scales, the full resolution first, into `folder`. @returns `folder` */
export function writePyramid(folder: string, scales: readonly GreyStack<Uint8Array>[]): Promise<string> {
  const axes = ['z', 'y', 'x'].map((name) => ({ name, type: 'space', unit: 'nanometer' }));
  const datasets = scales.map((_, level) => {
    const side = 4 * 2 ** level;
    return { path: `${level}`, coordinateTransformations: [{ type: 'scale', scale: [50, side, side] }] };
  });
  const arrays = scales.flatMap(({ depth, height, width, data }, level): readonly [string, Uint8Array | object][] => {
    const shape = [depth, height, width];
    const chunk_grid = { name: 'regular', configuration: { chunk_shape: shape } };
    return [
      [`${level}/zarr.json`, arrayV3({ shape, chunk_grid })],
      [`${level}/c/0/0/0`, data],
    ];
  });
  return writeFiles(folder, { 'zarr.json': imageV5({ axes, datasets }), ...Object.fromEntries(arrays) });
}
