import { InvalidOptionError } from '@dilated-unet/core';
import { z } from 'zod';
import { flags, text } from './flags.ts';

const run = flags('run');

/** The flags that say what a command computes on. */
export const DEVICE = {
  gpu: run(
    text(),
    '--gpu ID',
    'GPU to use, by its number or UUID in nvidia-smi, with --devices several (0,1); -1: none',
  ),
  requireGpu: run(z.boolean().default(false), '--require-gpu', 'fail rather than train on the CPU'),
};

/** What a run computes on. */
export interface DeviceChoice {
  /** As CUDA_VISIBLE_DEVICES has it, in the order of nvidia-smi. */
  readonly gpu?: string;
  /** Fail rather than train on the CPU. */
  readonly requireGpu: boolean;
}

/** What `DEVICE` asks for. @throws InvalidOptionError when it does not fit together. */
export function deviceChoice({ gpu, requireGpu }: z.output<z.ZodObject<typeof DEVICE>>): DeviceChoice {
  // Otherwise a mistyped list would silently train on the CPU.
  if (gpu !== undefined && !/^(-1|\d+(,\d+)*|(GPU|MIG)-[\w/-]+(,(GPU|MIG)-[\w/-]+)*)$/.test(gpu)) {
    throw new InvalidOptionError(
      'gpu',
      'must be the number of a GPU (0, 1 ...), its UUID, several of one kind with commas, or -1 for none',
      gpu,
    );
  }
  if (gpu === '-1' && requireGpu) throw new InvalidOptionError('gpu', 'must name a GPU with `requireGpu`', gpu);
  return { requireGpu, ...(gpu !== undefined && { gpu }) };
}
