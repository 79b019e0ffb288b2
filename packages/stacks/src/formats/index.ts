import type { StackFormat } from './format.ts';
import { SECTIONS } from './sections.ts';
import { TIFF } from './tiff/format.ts';
import { ZARR } from './zarr/format.ts';

/**
 * The formats that are read on any platform. A platform adds its own decoder of pictures (PNG) as one entry more; a
 * new format is one entry here.
 */
export const FORMATS: readonly StackFormat[] = [TIFF, ZARR, SECTIONS];
