import { resolve } from 'node:path';
import { DEFAULT_SWEEP, type RateSweep, type TrainConfig } from '@dilated-unet/trainer';
import type { FlagValues } from '../run/flags.ts';
import { buildRequest, type DeviceChoice, type RequestContext } from '../run/request.ts';
import { defaultRunFolder } from '../run/run-folder.ts';

/** One range test. */
export interface LrFindRequest extends DeviceChoice {
  /** As for training; its schedule and length do not count. */
  readonly config: TrainConfig;
  readonly sweep: RateSweep;
  /** Folder for the curve, absolute. */
  readonly out: string;
}

/**
 * What the flags ask for.
 *
 * @throws DilatedUnetError naming the flag that does not fit and what is allowed.
 */
export async function buildLrFindRequest(flags: FlagValues, context: RequestContext): Promise<LrFindRequest> {
  const { config, requireGpu, gpu } = await buildRequest(flags, context);
  const { cwd, now } = context;
  const out = flags['--out'] as string | undefined;
  return {
    config,
    sweep: {
      minRate: (flags['--min-lr'] as number | undefined) ?? DEFAULT_SWEEP.minRate,
      maxRate: (flags['--max-lr'] as number | undefined) ?? DEFAULT_SWEEP.maxRate,
      steps: (flags['--steps'] as number | undefined) ?? DEFAULT_SWEEP.steps,
      spacing: (flags['--spacing'] as RateSweep['spacing'] | undefined) ?? DEFAULT_SWEEP.spacing,
    },
    out: out === undefined ? defaultRunFolder(cwd, `lr-find-${config.network.name}`, now) : resolve(cwd, out),
    requireGpu,
    ...(gpu !== undefined && { gpu }),
  };
}
