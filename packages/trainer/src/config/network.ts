import { networkStride, ORIGINAL_FILTERS, unet } from '@dilated-unet/core';
import { z } from 'zod';
import { flagsIn } from './flags.ts';

/** Height and width of what a network sees must be multiples of this, pixels: all have the poolings of the U-net. */
export const STRIDE = networkStride(unet());

const [network, training] = [flagsIn('network'), flagsIn('training')];

/** Which network is trained. */
export const networkSchema = z.strictObject({
  /** Name written into the model, for example `unet`. */
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be lower-case letters, digits and dashes'),
  dilateRate: network(
    z.int().min(1).max(64).default(1),
    '--dilate_rate N',
    "dilation of each encoder stage's second convolution",
  ),
  dilate: network(z.boolean().default(false), '--dilate 0|1', '1: bottleneck with dilations 1, 2, 4, 8, 16, 32'),
  addition: network(
    z.boolean().default(true),
    '--addition 0|1',
    "1: sum of the bottleneck's six outputs; 0: the last alone",
  ),
  classes: network(
    z.int().min(2).max(64).default(2),
    '--classes N',
    'output classes, of which class 1 is cell interior',
  ),
  /** Width of the network, see `unetWidths`. Source of 44: the original. */
  filters: network(
    z.int().multipleOf(2, 'must be even').min(2).max(512).default(ORIGINAL_FILTERS),
    '--filters N',
    'filters of the first stage, an even number; the others in proportion. 16: an eighth of the arithmetic',
  ),
  /** Share of the activations dropped in training, after Srivastava et al. 2014; 0: none. Source of 0.3: the original. */
  dropout: training(
    z.number().min(0).lt(1).default(0.3),
    '--dropout RATE',
    'share of the activations dropped in training; 0: none',
  ),
});
