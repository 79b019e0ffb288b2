import { resolve } from 'node:path';
import { DilatedUnetError, InvalidOptionError } from '@dilated-unet/core';
import type { TrainConfig } from '@dilated-unet/trainer';
import type { FlagValues } from './flags.ts';
import type { Preset } from './presets.ts';
import { defaultRunFolder, resumedConfig } from './run-folder.ts';
import { buildConfig, type DataPaths } from './settings.ts';

/** What a run computes on. */
export interface DeviceChoice {
  /** As CUDA_VISIBLE_DEVICES has it. */
  readonly gpu?: string;
  /** Fail rather than train on the CPU. */
  readonly requireGpu: boolean;
}

/** One run of the whole line. All paths are absolute. */
export interface LineRequest extends DeviceChoice {
  readonly config: TrainConfig;
  /** Run folder. */
  readonly out: string;
  readonly resume: boolean;
  /** Where the weights are saved as well. */
  readonly weightPath?: string;
  /** What the user types to go on after a failure. @default the train command with --resume */
  readonly resumeCommand?: string;
}

/** What a request is made from, beside the flags. */
export interface RequestContext {
  readonly presets: readonly Preset[];
  /** Folder against which relative paths are resolved: where the user typed the command. */
  readonly cwd: string;
  readonly now: Date;
  /** Finds the stacks; see `resolveDataset`. */
  readonly findData: (options: {
    data?: string;
    imagePath?: string;
    maskPath?: string;
    cwd: string;
  }) => Promise<DataPaths>;
}

/**
 * What the flags ask for, complete and checked.
 *
 * @throws DilatedUnetError naming the flag that does not fit and what is allowed.
 */
export async function buildRequest(flags: FlagValues, context: RequestContext): Promise<LineRequest> {
  const { presets, cwd, now, findData } = context;
  const text = (flag: string): string | undefined => flags[flag] as string | undefined;
  const [data, imagePath, maskPath] = [text('--data'), text('--image_path'), text('--mask_path')];
  const [outFlag, weightPath] = [text('--out'), text('--weight_path')];
  const resume = flags['--resume'] === true;
  if (resume && outFlag === undefined) throw new DilatedUnetError('--resume needs --out RUN, the run to go on with.');
  const device = deviceChoice(flags);

  const named = [data, imagePath, maskPath].some((value) => value !== undefined);
  const stacks = named
    ? await findData({
        ...(data !== undefined && { data }),
        ...(imagePath !== undefined && { imagePath }),
        ...(maskPath !== undefined && { maskPath }),
        cwd,
      })
    : null;
  const resumed = resume ? await resumedConfig(resolve(cwd, outFlag as string)) : null;
  const config = buildConfig({ flags, presets, data: stacks, resumed });
  return {
    config,
    out: outFlag === undefined ? defaultRunFolder(cwd, config.network.name, now) : resolve(cwd, outFlag),
    resume,
    ...device,
    ...(weightPath !== undefined && { weightPath: resolve(cwd, weightPath) }),
  };
}

/** What `--gpu` and `--require-gpu` ask for. @throws InvalidOptionError when they do not fit. */
export function deviceChoice(flags: FlagValues): DeviceChoice {
  const gpu = flags['--gpu'] as string | undefined;
  const requireGpu = flags['--require-gpu'] === true;
  // Otherwise a mistyped list would silently train on the CPU.
  if (gpu !== undefined && !/^(-1|\d+(,\d+)*|(GPU|MIG)-[\w/-]+)$/.test(gpu)) {
    throw new InvalidOptionError('--gpu', 'must be the number of a GPU (0, 1 ...), its UUID, or -1 for none', gpu);
  }
  if (gpu === '-1' && requireGpu) throw new InvalidOptionError('--gpu', 'must name a GPU with --require-gpu', gpu);
  return { requireGpu, ...(gpu !== undefined && { gpu }) };
}
