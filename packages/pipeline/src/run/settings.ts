import { DilatedUnetError, InvalidOptionError, VARIANTS, type VariantName } from '@dilated-unet/core';
import { parseTrainConfig, RESUME_MAY_CHANGE, type TrainConfig, type TrainConfigInput } from '@dilated-unet/trainer';
import { FLAGS, flagOfPath, type Flag, type FlagValues } from './flags.ts';
import { findPreset, type ConfigOverrides, type Preset } from './presets.ts';

/** The stacks that a run trains on, as absolute paths. */
export interface DataPaths {
  readonly images: string;
  readonly labels: string;
  readonly test?: string;
}

/** What the configuration of a run is made of. */
export interface ConfigSources {
  readonly flags: FlagValues;
  readonly presets: readonly Preset[];
  /** The stacks that the flags name, if any. */
  readonly data: DataPaths | null;
  /** Configuration of the run that is resumed, if any. */
  readonly resumed: TrainConfig | null;
}

/**
 * The configuration of a run: the trainer's defaults, then the preset (or the run that is resumed), then what the
 * flags say. Without a preset: `isbi-quick` with data, `phantom-quick` without.
 *
 * @throws InvalidOptionError naming the flag that does not fit and what is allowed.
 */
export function buildConfig({ flags, presets, data, resumed }: ConfigSources): TrainConfig {
  const presetName = flags['--preset'] as string | undefined;
  if (resumed !== null && presetName !== undefined) {
    throw new InvalidOptionError(
      '--preset',
      'must be left out with --resume: the run keeps its configuration',
      presetName,
    );
  }
  const base = resumed ?? findPreset(presets, presetName ?? (data === null ? 'phantom-quick' : 'isbi-quick')).overrides;
  const config = structuredClone(base) as Record<string, unknown>;
  if (data !== null) config['data'] = { kind: 'stacks', ...data };
  if (config['data'] === undefined) {
    throw new DilatedUnetError(
      `--preset ${presetName} needs data; add --data DIR, or --image_path PATH and --mask_path PATH.`,
    );
  }
  config['network'] = network(config['network'] as ConfigOverrides['network'], flags);
  for (const { flag, path } of FLAGS as readonly Flag[]) {
    const value = flags[flag];
    if (path === undefined || value === undefined || path.startsWith('network.')) continue;
    assign(config, path.split('.'), value);
  }
  const whole = parseTrainConfig(config as unknown as TrainConfigInput, flagOfPath);
  if (resumed !== null) requireSameRun(flags, resumed, whole);
  return whole;
}

/** @throws InvalidOptionError naming the first flag that would make a resumed run another one. */
function requireSameRun(flags: FlagValues, before: TrainConfig, now: TrainConfig): void {
  const sources = [
    { flag: '--variant', path: 'network.name' },
    { flag: '--data', path: 'data' },
    ...(FLAGS as readonly Flag[]).filter(({ flag }) => flags[flag] !== undefined),
  ];
  for (const { flag, path } of sources) {
    if (path === undefined || (RESUME_MAY_CHANGE as readonly string[]).includes(path)) continue;
    const [old, wanted] = [valueAt(before, path), valueAt(now, path)].map((value) => JSON.stringify(value));
    if (old === wanted) continue;
    const rule = `must ${old === undefined ? 'be left out' : `stay ${old}`} to resume this run; for another one, leave out --resume and name a new --out`;
    throw new InvalidOptionError(flag, rule, valueAt(now, path));
  }
}

function valueAt(config: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | null)?.[key], config);
}

/** The variant, changed as the flags say, under the name of the variant that it then is, else `unet-custom`. */
function network(base: ConfigOverrides['network'], flags: FlagValues): TrainConfigInput['network'] {
  const variant = flags['--variant'] as VariantName | undefined;
  const own = Object.fromEntries(
    (FLAGS as readonly Flag[])
      .filter(({ flag, path }) => path?.startsWith('network.') === true && flags[flag] !== undefined)
      .map(({ flag, path }) => [(path as string).slice('network.'.length), flags[flag]]),
  );
  const chosen = { classes: 2, ...VARIANTS.unet, ...base, ...(variant && VARIANTS[variant]), ...own };
  const name = Object.entries(VARIANTS).find(
    ([, shape]) =>
      chosen.classes === 2 &&
      shape.dilateRate === chosen.dilateRate &&
      shape.dilate === chosen.dilate &&
      shape.addition === chosen.addition,
  )?.[0];
  return { ...chosen, name: name ?? 'unet-custom' };
}

function assign(target: Record<string, unknown>, [head, ...rest]: readonly string[], value: unknown): void {
  if (head === undefined) return;
  if (rest.length === 0) target[head] = value;
  else assign((target[head] ??= {}) as Record<string, unknown>, rest, value);
}
