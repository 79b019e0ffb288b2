import { z } from 'zod';
import { flagsIn } from './flags.ts';

const training = flagsIn('training');

/** The model that a training begins from; `openInitialModel` says name and hash. */
export const initSchema = z.strictObject({
  /** Absolute path of a package, of the folder of a run, or of its weights. */
  path: training(
    z.string().min(1),
    '--init MODEL',
    'go on from the weights of a model: a package (folder or .zip), the folder of a run, or a checkpoint (docs/fine-tuning.md)',
  ),
  name: z.string().min(1),
  /** Hexadecimal; what must be at the path when the run begins. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256'),
  /** Pixels that it was trained on, nanometres; absent where it does not know. */
  pixelSize: z.strictObject({ y: z.number().positive(), x: z.number().positive() }).optional(),
  /** Draws the last convolution anew, for labels that mean something else. */
  newHead: training(
    z.boolean().default(false),
    '--new-head',
    'with --init: all weights but those of the last layer, for labels that mean something else',
  ),
});
