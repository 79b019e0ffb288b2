import { z } from 'zod';
import { flags } from './flags.ts';

const data = flags('data');
const number = (): z.ZodOptional<z.ZodInt> => z.int().optional();

/** The flags that choose among the images, channels and times of a file, and the scales of an OME-Zarr. */
export const SELECTION = {
  image: data(number(), '--image N', 'which image, of files that have several (from 1)'),
  channel: data(number(), '--channel N', 'which channel, of files that have several (from 1)'),
  time: data(number(), '--time N', 'which time, of files that have several (from 1)'),
  level: data(number(), '--level N', 'which scale of an OME-Zarr (default: 0, the full resolution)'),
};
